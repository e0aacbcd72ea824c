// The table of file kinds, the first bytes of each, and the libraries this build was compiled with.
#include "engine/data/picture_kinds.h"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <filesystem>
#include <vector>

#include "engine/data/codecs/image_codecs.h"
#include "found_libraries.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

#if TAGLOOM_HAS_HEIF
bool decodes_heic() { return heif_decodes_heic(); }
bool decodes_avif() { return heif_decodes_avif(); }
#else
bool decodes_heic() { return false; }
bool decodes_avif() { return false; }
#endif

const std::vector<PictureKind>& kinds() {
  static const std::vector<PictureKind> kinds = {
      {"JPEG", ".jpg .jpeg .jpe .jfif", true, nullptr},
      {"PNG", ".png", true, nullptr},
      {"BMP", ".bmp", true, nullptr},
      {"GIF", ".gif", true, nullptr},
      {"PPM", ".ppm .pgm", true, nullptr},
      {"WebP", ".webp", TAGLOOM_HAS_WEBP != 0, "libwebp-dev"},
      {"TIFF", ".tif .tiff", TAGLOOM_HAS_TIFF != 0, "libtiff-dev"},
      {"HEIC", ".heic .heif .hif", decodes_heic(), TAGLOOM_HAS_HEIF ? "libheif-plugin-libde265" : "libheif-dev"},
      {"AVIF", ".avif", decodes_avif(), TAGLOOM_HAS_HEIF ? "libheif-plugin-dav1d" : "libheif-dev"},
      {"JPEG XL", ".jxl", TAGLOOM_HAS_JXL != 0, "libjxl-dev"},
      {"raw",
       ".dng .cr2 .cr3 .crw .nef .nrw .arw .sr2 .srf .orf .rw2 .rwl .raf .pef .srw .3fr .iiq .erf .mef .mos .mrw .kdc .dcr",
       TAGLOOM_HAS_RAW != 0, "libraw-dev"},
      {"X3F", ".x3f", false, nullptr},
      {"JPEG 2000", ".jp2 .j2k .jpf .jpx .jpm", false, nullptr},
      {"Photoshop", ".psd .psb", false, nullptr},
      {"GIMP", ".xcf", false, nullptr},
      {"SVG", ".svg .svgz", false, nullptr},
      {"OpenEXR", ".exr", false, nullptr},
      {"Radiance", ".hdr", false, nullptr},
      {"Targa", ".tga", false, nullptr},
      {"icon", ".ico", false, nullptr},
      {"video", ".mp4 .mov .m4v .avi .mkv .webm .mts .m2ts .mpg .mpeg .3gp .3g2 .wmv .flv .ogv", false, nullptr},
  };
  return kinds;
}

bool has_extension(const PictureKind& kind, std::string_view extension) {
  const std::string_view all = kind.extensions;
  for (size_t at = all.find(extension); at != all.npos; at = all.find(extension, at + 1)) {
    const size_t end = at + extension.size();
    if (end == all.size() || all[end] == ' ') return true;
  }
  return false;
}

bool starts_with(std::span<const uint8_t> bytes, std::string_view magic, size_t offset = 0) {
  return bytes.size() >= offset + magic.size() && std::memcmp(bytes.data() + offset, magic.data(), magic.size()) == 0;
}

// Whether the file begins with an ftyp box (ISO/IEC 14496-12) that contains one of the brands, which are separated by spaces.
bool has_brand(std::span<const uint8_t> bytes, std::string_view brands) {
  if (bytes.size() < 16 || !starts_with(bytes, "ftyp", 4)) return false;
  const size_t size = size_t{bytes[2]} << 8 | bytes[3];
  for (size_t at = 8; at + 4 <= std::min(bytes.size(), std::max<size_t>(size, 12)); at += at == 8 ? 8 : 4) {
    const std::string_view brand(reinterpret_cast<const char*>(bytes.data()) + at, 4);
    if (brands.find(brand) != brands.npos && brand.find(' ') == brand.npos) return true;
  }
  return false;
}

}  // namespace

std::span<const PictureKind> picture_kinds() { return kinds(); }

const PictureKind* picture_kind(std::string_view extension) {
  std::string lower(extension);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (lower.size() < 2 || lower[0] != '.' || lower.find(' ') != lower.npos) return nullptr;
  const auto found =
      std::find_if(kinds().begin(), kinds().end(), [&](const PictureKind& kind) { return has_extension(kind, lower); });
  return found == kinds().end() ? nullptr : &*found;
}

std::string_view content_kind(std::span<const uint8_t> bytes, const std::string& name) {
  using std::string_view_literals::operator""sv;
  if (starts_with(bytes, "\xFF\xD8")) return "JPEG";
  if (starts_with(bytes, "\x89PNG")) return "PNG";
  if (starts_with(bytes, "BM")) return "BMP";
  if (starts_with(bytes, "GIF8")) return "GIF";
  if (starts_with(bytes, "P5") || starts_with(bytes, "P6")) return "PPM";
  if (starts_with(bytes, "RIFF") && starts_with(bytes, "WEBP", 8)) return "WebP";
  if (is_raw_file(bytes)) return "raw";
  if (starts_with(bytes, "II*\0"sv) || starts_with(bytes, "MM\0*"sv) || starts_with(bytes, "II+\0"sv) ||
      starts_with(bytes, "MM\0+"sv)) {
    const PictureKind* const named = picture_kind(std::filesystem::path(name).extension().string());
    return named != nullptr && named->name == "raw"sv ? "raw" : "TIFF";
  }
  if (has_brand(bytes, "avif avis")) return "AVIF";
  if (has_brand(bytes, "heic heix heim heis hevc hevx mif1 msf1")) return "HEIC";
  if (starts_with(bytes, "\xFF\x0A") || starts_with(bytes, "\0\0\0\x0CJXL \r\n\x87\n"sv)) return "JPEG XL";
  if (starts_with(bytes, "jP  ", 4)) return "JPEG 2000";
  if (starts_with(bytes, "FOVb")) return "X3F";
  if (starts_with(bytes, "8BPS")) return "Photoshop";
  if (starts_with(bytes, "ftyp", 4)) return "video";
  return "";
}

bool is_picture_extension(std::string_view extension) {
  const PictureKind* const kind = picture_kind(extension);
  return kind != nullptr && kind->decoded;
}

std::string decoded_extensions() {
  std::string all;
  for (const PictureKind& kind : kinds()) {
    if (kind.decoded) all += format("{}{}", all.empty() ? "" : " ", kind.extensions);
  }
  return all;
}

std::vector<std::string> picture_libraries() {
  std::vector<std::string> libraries = {jpeg_library(), "stb_image"};
#if TAGLOOM_HAS_WEBP
  libraries.push_back(webp_library());
#endif
#if TAGLOOM_HAS_TIFF
  libraries.push_back(tiff_library());
#endif
#if TAGLOOM_HAS_HEIF
  libraries.push_back(heif_library());
#endif
#if TAGLOOM_HAS_JXL
  libraries.push_back(jxl_library());
#endif
#if TAGLOOM_HAS_RAW
  libraries.push_back(raw_library());
#endif
  return libraries;
}

}  // namespace tagloom

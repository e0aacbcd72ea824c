// The table of file kinds, and the libraries this build was compiled with.
#include "engine/data/picture_kinds.h"

#include <algorithm>
#include <cctype>
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

// Picks the codec by a file's first bytes.
#include "engine/data/image.h"

#include <algorithm>
#include <new>
#include <string_view>

#include "engine/data/codecs/image_codecs.h"
#include "engine/data/picture_kinds.h"
#include "engine/io/read_file.h"
#include "found_libraries.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

[[noreturn]] void fail_unread(std::string_view kind, const std::string& name) {
  for (const PictureKind& one : picture_kinds()) {
    if (one.name != kind) continue;
    if (one.package == nullptr)
      fail(ErrorKind::kData, "{}: is a {} file, which is not supported; convert it to JPEG or PNG", name, kind);
    fail(ErrorKind::kData,
         "{}: is a {} file, which this build cannot read: install Debian's {} and build again, or convert it to JPEG or PNG",
         name, kind, one.package);
  }
  std::string names;
  for (const PictureKind& one : picture_kinds()) {
    if (one.decoded) names += format("{}{}", names.empty() ? "" : ", ", one.name);
  }
  fail(ErrorKind::kData, "{}: is not a picture in a supported format ({})", name, names);
}

}  // namespace

void check_picture_size(int64_t width, int64_t height, const std::string& name) {
  TL_CHECK_AS(ErrorKind::kData, width > 0 && height > 0, "{}: is damaged: its header gives {} x {} pixels", name, width, height);
  TL_CHECK_AS(ErrorKind::kData, width <= kMostPictureSide && height <= kMostPictureSide && width * height <= kMostPixels,
              "{}: is {} x {} pixels; at most {} a side and {} in total are accepted, scale it down", name, width, height,
              kMostPictureSide, kMostPixels);
}

void check_enough_bytes(int64_t width, int64_t height, size_t bytes, int64_t pixels_per_byte, const std::string& name) {
  TL_CHECK_AS(ErrorKind::kData, width * height / pixels_per_byte <= static_cast<int64_t>(bytes),
              "{}: is truncated or damaged: its header gives {} x {} pixels, more than its {} bytes can hold", name, width,
              height, bytes);
}

int64_t decoder_memory(size_t file_bytes) { return (int64_t{512} << 20) + 64 * static_cast<int64_t>(file_bytes); }

void check_decoder_memory(int64_t width, int64_t height, int64_t needed, size_t file_bytes, const std::string& name) {
  TL_CHECK_AS(
      ErrorKind::kData, needed <= decoder_memory(file_bytes),
      "{}: is {} x {} pixels, which take {} MB to decode; the limit for a file of {} bytes is {} MB: scale it down, or save it "
      "with less compression",
      name, width, height, needed >> 20, file_bytes, decoder_memory(file_bytes) >> 20);
}

std::string printable(const char* message) {
  std::string text = message == nullptr ? "" : message;
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  if (text.ends_with('.')) text.pop_back();
  return text;
}

void check_consistent(const Image& image, const char* subject) {
  TL_CHECK(image.width > 0 && image.height > 0 &&
               image.rgb.size() == static_cast<size_t>(image.width) * static_cast<size_t>(image.height) * 3,
           "[{}] needs a picture with width * height * 3 bytes, got {} x {} with {} bytes", subject, image.width, image.height,
           image.rgb.size());
}

namespace {

Image decode_by_kind(std::span<const uint8_t> bytes, const std::string& name, int least_side) {
  const std::string_view kind = content_kind(bytes, name);
  if (kind == "JPEG") return decode_jpeg(bytes, name, least_side);
  if (kind == "PNG" || kind == "BMP" || kind == "GIF") return decode_with_stb(bytes, name);
  if (kind == "PPM") return decode_pnm(bytes, name);
#if TAGLOOM_HAS_WEBP
  if (kind == "WebP") return decode_webp(bytes, name);
#endif
#if TAGLOOM_HAS_TIFF
  if (kind == "TIFF") return decode_tiff(bytes, name);
#endif
#if TAGLOOM_HAS_HEIF
  if ((kind == "HEIC" && heif_decodes_heic()) || (kind == "AVIF" && heif_decodes_avif())) return decode_heif(bytes, name);
#endif
#if TAGLOOM_HAS_JXL
  if (kind == "JPEG XL") return decode_jxl(bytes, name);
#endif
#if TAGLOOM_HAS_RAW
  if (kind == "raw") return decode_raw(bytes, name, least_side);
#endif
  fail_unread(kind, name);
}

}  // namespace

Image decode_image(std::span<const uint8_t> bytes, const std::string& name, int least_side) {
  TL_CHECK(least_side >= 0, "[decode_image] least_side must not be negative, got {}", least_side);
  TL_CHECK_AS(ErrorKind::kData, !bytes.empty(), "{}: is empty (0 bytes)", name);
  try {
    return decode_by_kind(bytes, name, least_side);
  } catch (const std::bad_alloc&) {
    throw DecoderOutOfMemory(name);
  }
}

Image decode_image(const std::filesystem::path& path, int least_side) {
  return decode_image(read_file(path), path.string(), least_side);
}

}  // namespace tagloom

// Picks the codec by a file's first bytes.
#include "engine/data/image.h"

#include <cstring>
#include <string_view>

#include "engine/data/formats/image_codecs.h"
#include "engine/io/read_file.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

bool starts_with(std::span<const uint8_t> bytes, std::string_view magic, size_t offset = 0) {
  return bytes.size() >= offset + magic.size() && std::memcmp(bytes.data() + offset, magic.data(), magic.size()) == 0;
}

// The name of a known format that cannot be decoded; null for anything else.
const char* foreign_format(std::span<const uint8_t> bytes) {
  if (starts_with(bytes, "RIFF") && starts_with(bytes, "WEBP", 8)) return "a WebP";
  if (starts_with(bytes, std::string_view("II*\0", 4)) || starts_with(bytes, std::string_view("MM\0*", 4))) return "a TIFF";
  if (starts_with(bytes, "ftypavif", 4)) return "an AVIF";
  if (starts_with(bytes, "ftyp", 4)) return "a HEIF or video";
  if (starts_with(bytes, "\xFF\x0A") || starts_with(bytes, "JXL ", 4)) return "a JPEG XL";
  if (starts_with(bytes, "jP  ", 4)) return "a JPEG 2000";
  if (starts_with(bytes, "8BPS")) return "a Photoshop";
  return nullptr;
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

void check_consistent(const Image& image, const char* subject) {
  TL_CHECK(image.width > 0 && image.height > 0 &&
               image.rgb.size() == static_cast<size_t>(image.width) * static_cast<size_t>(image.height) * 3,
           "[{}] needs a picture with width * height * 3 bytes, got {} x {} with {} bytes", subject, image.width, image.height,
           image.rgb.size());
}

Image decode_image(std::span<const uint8_t> bytes, const std::string& name, int least_side) {
  TL_CHECK(least_side >= 0, "[decode_image] least_side must not be negative, got {}", least_side);
  TL_CHECK_AS(ErrorKind::kData, !bytes.empty(), "{}: is empty (0 bytes)", name);
  if (starts_with(bytes, "\xFF\xD8")) return decode_jpeg(bytes, name, least_side);
  const bool known = starts_with(bytes, "\x89PNG") || starts_with(bytes, "BM") || starts_with(bytes, "GIF8");
  if (known) return decode_with_stb(bytes, name);
  if (starts_with(bytes, "P5") || starts_with(bytes, "P6")) return decode_pnm(bytes, name);
  if (const char* format_name = foreign_format(bytes))
    fail(ErrorKind::kData, "{}: is {} file, which is not supported; convert it to JPEG or PNG", name, format_name);
  fail(ErrorKind::kData, "{}: is not a JPEG, PNG, BMP, GIF or PPM picture", name);
}

Image decode_image(const std::filesystem::path& path, int least_side) {
  return decode_image(read_file(path), path.string(), least_side);
}

}  // namespace tagloom

#include "tools/setup/thumbnail.h"

#include <algorithm>

#include "engine/data/resize.h"

namespace tagloom {
namespace {

constexpr int kThumbnailQuality = 80;

int longer_side(const Image& image) { return std::max(image.width, image.height); }

std::vector<uint8_t> scaled_jpeg(const Image& image, int side) {
  const int64_t longer = longer_side(image);
  if (longer <= side) return encode_jpeg(image, kThumbnailQuality);
  const auto scaled = [&](int64_t length) {
    return static_cast<int>(std::max<int64_t>(1, (length * side + longer / 2) / longer));
  };
  return encode_jpeg(resize_image(image, scaled(image.width), scaled(image.height)), kThumbnailQuality);
}

}  // namespace

std::vector<uint8_t> thumbnail_jpeg(const PictureContent& content, int side) {
  return scaled_jpeg(decode_image(content.bytes, content.name, side), side);
}

std::vector<uint8_t> thumbnail_jpeg(const Image& decoded, std::span<const uint8_t> file, int side) {
  if (longer_side(decoded) >= side) return scaled_jpeg(decoded, side);
  return scaled_jpeg(decode_image(file, "thumbnail", side), side);
}

}  // namespace tagloom

#include "tools/setup/thumbnail.h"

#include <algorithm>

#include "engine/data/resize.h"

namespace tagloom {
namespace {

constexpr int kSmallJpegQuality = 80;

}  // namespace

std::vector<uint8_t> thumbnail_jpeg(const Image& decoded, std::span<const uint8_t> file, int side) {
  const bool too_small = std::max(decoded.width, decoded.height) < side;
  const Image again = too_small ? decode_image(file, "thumbnail", side) : Image();
  const Image& image = too_small ? again : decoded;
  const int64_t longer = std::max(image.width, image.height);
  if (longer <= side) return encode_jpeg(image, kSmallJpegQuality);
  const auto scaled = [&](int64_t length) {
    return static_cast<int>(std::max<int64_t>(1, (length * side + longer / 2) / longer));
  };
  return encode_jpeg(resize_image(image, scaled(image.width), scaled(image.height)), kSmallJpegQuality);
}

}  // namespace tagloom

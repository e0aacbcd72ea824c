#include "tests/fuzz/picture.h"

#include <algorithm>

#include "engine/data/transform.h"

namespace tagloom::fuzz {

void decode_and_transform(Input input, const Decode& decode) {
  Choices choices(input);
  TransformOptions options;
  options.size = 1 + choices.below(16);
  options.short_side = options.size + choices.below(8);
  const int kind = choices.below(24);
  options.resize = kind & 1 ? Resize::kShortSide : Resize::kSquash;
  options.crop = kind & 2 ? Crop::kRandom : Crop::kCenter;
  options.interpolation = kind & 4 ? Interpolation::kBicubic : Interpolation::kBilinear;
  options.jpeg_scaling = kind & 8 ? JpegScaling::kFast : JpegScaling::kOff;
  options.flip = true;

  const Image image = decode(choices.rest(), least_side(options));
  const int64_t pixels = int64_t{image.width} * image.height;
  require(image.width > 0 && image.height > 0 && pixels <= kMostPixels, "a picture has an impossible size");
  require(static_cast<int64_t>(image.rgb.size()) == 3 * pixels, "a picture's size and its number of bytes differ");

  const auto transformed = [&] {
    std::vector<uint8_t> out(static_cast<size_t>(3 * options.size * options.size), 77);
    apply(options, image, true, RandomKey{1, 2}, out);
    return out;
  };
  const std::vector<uint8_t> out = transformed();
  require(out == transformed(), "a transform is not deterministic");
  const auto [low, high] = std::ranges::minmax(image.rgb);
  if (low == high) require(std::ranges::all_of(out, [low = low](uint8_t x) { return x == low; }), "a flat picture got structure");
}

}  // namespace tagloom::fuzz

// Pixels resized: a window equals the same part of the whole resized picture, mirrored or not.
#include "engine/data/resize.h"

#include "tests/fuzz/property.h"

namespace tagloom::fuzz {
namespace {

std::vector<uint8_t> resized(const Image& image, const ResizeWindow& window) {
  std::vector<uint8_t> out(static_cast<size_t>(3 * window.window_width * window.window_height));
  resize_image(image, window, out);
  return out;
}

}  // namespace

void resize(Input input) {
  Choices choices(input);
  Image image{1 + choices.below(40), 1 + choices.below(40), {}};
  ResizeWindow window{.width = 1 + choices.below(32), .height = 1 + choices.below(32)};
  window.x = choices.below(window.width);
  window.y = choices.below(window.height);
  window.window_width = 1 + choices.below(window.width - window.x);
  window.window_height = 1 + choices.below(window.height - window.y);
  window.mirror = choices.below(2);
  window.interpolation = choices.below(2) ? Interpolation::kBicubic : Interpolation::kBilinear;
  const Input pixels = choices.rest();
  image.rgb.resize(static_cast<size_t>(3 * image.width * image.height));
  for (size_t i = 0; i < image.rgb.size() && !pixels.empty(); ++i) image.rgb[i] = pixels[i % pixels.size()];

  ResizeWindow whole = window;
  whole.x = whole.y = 0;
  whole.window_width = window.width;
  whole.window_height = window.height;
  whole.mirror = false;
  const std::vector<uint8_t> part = resized(image, window), all = resized(image, whole);
  for (int y = 0; y < window.window_height; ++y) {
    for (int x = 0; x < window.window_width; ++x) {
      const int from = window.x + (window.mirror ? window.window_width - 1 - x : x);
      for (int c = 0; c < 3; ++c) {
        require(part[static_cast<size_t>(3 * (y * window.window_width + x) + c)] ==
                    all[static_cast<size_t>(3 * ((window.y + y) * window.width + from) + c)],
                "a window differs from the whole");
      }
    }
  }
}

}  // namespace tagloom::fuzz

// Computes the resized size and the window to keep; resize_image computes only that window.
#include "engine/data/transform.h"

#include <algorithm>

#include "engine/data/resize.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

constexpr int64_t kMostSide = 8192;

bool crops(const TransformOptions& settings) { return settings.resize == Resize::kShortSide || settings.crop == Crop::kRandom; }

// The longer side when the shorter one becomes short_side, truncated to whole pixels as in torchvision.
int scaled_side(int side, int shorter, int short_side) {
  return static_cast<int>(static_cast<int64_t>(side) * short_side / shorter);
}

// The start of a centred window: half of the free space, rounded half to even as in torchvision.
int half(int free) { return free / 2 + (free % 2 == 1 && free / 2 % 2 == 1 ? 1 : 0); }

// In cache keys: the words for off and fast are those of existing caches.
const char* decode_words(JpegScaling scaling) {
  switch (scaling) {
    case JpegScaling::kOff:
      return "full";
    case JpegScaling::kCareful:
      return "careful";
    case JpegScaling::kFast:
      return "scaled";
  }
  return "";
}

}  // namespace

void TransformOptions::declare(SettingRows& data) {
  data.integer("size", size, between(8, 4096), "Side of the square that the backbone reads, in pixels.");
  data.choice("resize", resize, "Squash the picture to the square, or scale its short side to data.short_side and crop.");
  data.integer("short_side", short_side, between(8, 8192), "Short side after scaling, in pixels (resize = \"short_side\").");
  data.choice("interpolation", interpolation,
              "Interpolation of resizing; both match PIL's Image.resize bit for bit on the decoded picture (data.jpeg_scaling).");
  data.choice(
      "jpeg_scaling", jpeg_scaling,
      "Decode large JPEGs at 1/2 or 1/4 of their size if both sides stay at least as long as resizing needs (fast) or twice "
      "as long (careful). off decodes every pixel: then pictures match PIL's bit for bit.");
  data.choice("crop", crop, "Where training crops (resize = \"short_side\"); evaluation crops the centre.");
  data.flag("flip", flip, "Mirror training pictures with probability 1/2.");
}

void check(const TransformOptions& settings) {
  TL_CHECK(settings.size >= 1 && settings.size <= kMostSide, "transform.size must be 1 to {}, got {}", kMostSide, settings.size);
  if (!crops(settings)) return;
  TL_CHECK(settings.short_side >= settings.size && settings.short_side <= kMostSide,
           "transform.short_side must be {} (transform.size) to {}, got {}", settings.size, kMostSide, settings.short_side);
}

int least_side(const TransformOptions& settings) {
  const int64_t side = crops(settings) ? settings.short_side : settings.size;
  switch (settings.jpeg_scaling) {
    case JpegScaling::kOff:
      return 0;
    case JpegScaling::kCareful:
      return static_cast<int>(2 * side);
    case JpegScaling::kFast:
      return static_cast<int>(side);
  }
  return 0;
}

bool deterministic(const TransformOptions& settings, bool training) {
  return !training || (settings.crop == Crop::kCenter && !settings.flip);
}

void apply(const TransformOptions& settings, const Image& image, bool training, RandomKey key, std::span<uint8_t> out) {
  check(settings);
  TL_CHECK(image.width > 0 && image.height > 0, "[transform] the picture is empty: {} x {}", image.width, image.height);
  const int size = static_cast<int>(settings.size), short_side = static_cast<int>(settings.short_side);
  ResizeWindow window{
      .width = size, .height = size, .window_width = size, .window_height = size, .interpolation = settings.interpolation};
  if (settings.resize == Resize::kShortSide) {
    const int shorter = std::min(image.width, image.height);
    window.width = scaled_side(image.width, shorter, short_side);
    window.height = scaled_side(image.height, shorter, short_side);
  } else if (crops(settings)) {
    window.width = window.height = short_side;
  }
  const int free_x = window.width - size, free_y = window.height - size;
  if (training && settings.crop == Crop::kRandom) {
    window.x = static_cast<int>(random_below(key, 0, static_cast<uint32_t>(free_x) + 1));
    window.y = static_cast<int>(random_below(key, 1, static_cast<uint32_t>(free_y) + 1));
  } else {
    window.x = half(free_x);
    window.y = half(free_y);
  }
  window.mirror = training && settings.flip && (random_bits(key, 2) >> 31) != 0;
  resize_image(image, window, out);
}

std::string fingerprint(const TransformOptions& settings, bool training) {
  const bool random = !deterministic(settings, training);
  std::string text = format("transform-1 size={} resize={} decode={}", settings.size,
                            settings.resize == Resize::kSquash ? "squash" : "short-side", decode_words(settings.jpeg_scaling));
  if (settings.interpolation == Interpolation::kBicubic) text += " interpolation=bicubic";
  if (crops(settings)) text += format(" short_side={}", settings.short_side);
  if (random) text += format(" crop={} flip={}", name_of(settings.crop), settings.flip);
  return text;
}

}  // namespace tagloom

// Works out the resized size and the window of it that is kept; resize_image computes just that.
#include "engine/data/transform.h"

#include <algorithm>

#include "engine/data/resize.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

using Resize = TransformSettings::Resize;
using Crop = TransformSettings::Crop;

constexpr int kMostSide = 8192;

bool crops(const TransformSettings& settings) { return settings.resize == Resize::kShortSide || settings.crop == Crop::kRandom; }

// The longer side when the shorter one becomes short_side, cut to whole pixels as torchvision does.
int scaled_side(int side, int shorter, int short_side) {
  return static_cast<int>(static_cast<int64_t>(side) * short_side / shorter);
}

// Where a centred window starts: half of what is free, halves to the even side, as torchvision rounds.
int half(int free) { return free / 2 + (free % 2 == 1 && free / 2 % 2 == 1 ? 1 : 0); }

}  // namespace

void check(const TransformSettings& settings) {
  TL_CHECK(settings.size >= 1 && settings.size <= kMostSide, "transform.size must be 1 to {}, got {}", kMostSide, settings.size);
  if (!crops(settings)) return;
  TL_CHECK(settings.short_side >= settings.size && settings.short_side <= kMostSide,
           "transform.short_side must be {} (transform.size) to {}, got {}", settings.size, kMostSide, settings.short_side);
}

int least_side(const TransformSettings& settings) {
  if (!settings.scaled_decode) return 0;
  return crops(settings) ? settings.short_side : settings.size;
}

bool deterministic(const TransformSettings& settings, bool training) {
  return !training || (settings.crop == Crop::kCenter && !settings.flip);
}

void apply(const TransformSettings& settings, const Image& image, bool training, RandomKey key, std::span<uint8_t> out) {
  check(settings);
  TL_CHECK(image.width > 0 && image.height > 0, "[transform] the picture is empty: {} x {}", image.width, image.height);
  const int size = settings.size;
  ResizeWindow window{
      .width = size, .height = size, .window_width = size, .window_height = size, .interpolation = settings.interpolation};
  if (settings.resize == Resize::kShortSide) {
    const int shorter = std::min(image.width, image.height);
    window.width = scaled_side(image.width, shorter, settings.short_side);
    window.height = scaled_side(image.height, shorter, settings.short_side);
  } else if (crops(settings)) {
    window.width = window.height = settings.short_side;
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

std::string fingerprint(const TransformSettings& settings, bool training) {
  const bool random = !deterministic(settings, training);
  std::string text =
      format("transform-1 size={} resize={} decode={}", settings.size,
             settings.resize == Resize::kSquash ? "squash" : "short-side", settings.scaled_decode ? "scaled" : "full");
  if (settings.interpolation == Interpolation::kBicubic) text += " interpolation=bicubic";
  if (crops(settings)) text += format(" short_side={}", settings.short_side);
  if (random) text += format(" crop={} flip={}", settings.crop == Crop::kRandom ? "random" : "center", settings.flip);
  return text;
}

}  // namespace tagloom

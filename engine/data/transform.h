#pragma once
// Transforms a decoded picture of any size into the [size, size, 3] bytes that the network takes.
#include <cstdint>
#include <span>
#include <string>

#include "engine/data/image.h"
#include "engine/data/resize.h"
#include "engine/settings/setting_table.h"
#include "kernels/base/philox.h"

namespace tagloom {

enum class Resize {
  kSquash,     // both sides to the same length: distorts, cuts nothing off
  kShortSide,  // the shorter side to short_side: keeps proportions
};
template <>
inline constexpr auto kEnumNames<Resize> = names_of<Resize>({{Resize::kSquash, "squash"}, {Resize::kShortSide, "short_side"}});

enum class Crop {
  kCenter,
  kRandom,  // in training; the centre when evaluating
};
template <>
inline constexpr auto kEnumNames<Crop> = names_of<Crop>({{Crop::kCenter, "center"}, {Crop::kRandom, "random"}});

struct TransformOptions {
  int64_t size = 224;
  Resize resize = Resize::kSquash;
  // With kShortSide, or with a random crop, the picture is first resized to this (squash: short_side x short_side), then cropped
  // to size x size; at least size. A squashed picture with a centre crop is resized directly to size x size, without short_side.
  int64_t short_side = 256;
  Crop crop = Crop::kCenter;
  Interpolation interpolation = Interpolation::kBilinear;
  bool flip = false;          // mirror pictures in training with probability 1/2
  bool scaled_decode = true;  // decode JPEGs at 1/2 or 1/4 if that leaves enough pixels; not a setting

  void declare(SettingRows& data);
};

// Throws Error(kUsage) naming the first invalid setting.
void check(const TransformOptions& settings);

// The least_side for decode_image(): 0 if the decoder should not scale.
int least_side(const TransformOptions& settings);

// Whether the pixels are the same in every epoch, so that features computed from them can be cached.
bool deterministic(const TransformOptions& settings, bool training);

// Writes size * size * 3 bytes. `key` belongs to one picture in one epoch (its draws: 0 crop x, 1 crop y, 2
// flip) and is not used when the transform is deterministic.
void apply(const TransformOptions& settings, const Image& image, bool training, RandomKey key, std::span<uint8_t> out);

// Everything that determines the pixels, for cache keys: equal fingerprints mean equal pixels from equal files.
std::string fingerprint(const TransformOptions& settings, bool training);

}  // namespace tagloom

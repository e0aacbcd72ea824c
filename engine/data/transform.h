#pragma once
// From a decoded picture of any size to the [size, size, 3] bytes that the network sees.
#include <cstdint>
#include <span>
#include <string>

#include "engine/data/image.h"
#include "engine/data/resize.h"
#include "engine/settings/setting_table.h"
#include "kernels/base/philox.h"

namespace tagloom {

enum class Resize {
  kSquash,     // both sides to the same length, proportions lost, nothing cut off
  kShortSide,  // the shorter side to short_side, proportions kept
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
  // With kShortSide, or with a random crop, the picture is first resized to this (squash: short_side x
  // short_side) and size x size pixels are cut out of it; at least size. A squashed picture with a centre
  // crop goes straight to size x size and short_side is not used.
  int64_t short_side = 256;
  Crop crop = Crop::kCenter;
  Interpolation interpolation = Interpolation::kBilinear;
  bool flip = false;          // mirror every other picture in training
  bool scaled_decode = true;  // let JPEGs decode at 1/2 or 1/4 where that still leaves enough pixels; not a setting

  void declare(SettingRows& data);
};

// Throws Error(kUsage) naming the first setting that makes no sense.
void check(const TransformOptions& settings);

// The least_side to decode with: 0 when the decoder should not scale.
int least_side(const TransformOptions& settings);

// Whether every epoch sees the same pixels, so that what is computed from them may be cached.
bool deterministic(const TransformOptions& settings, bool training);

// Writes size * size * 3 bytes. `key` belongs to one picture in one epoch (its draws: 0 crop x, 1 crop y, 2
// flip) and is not used when the transform is deterministic.
void apply(const TransformOptions& settings, const Image& image, bool training, RandomKey key, std::span<uint8_t> out);

// Says everything that decides the pixels; two equal fingerprints mean equal pixels from equal files. For
// cache keys.
std::string fingerprint(const TransformOptions& settings, bool training);

}  // namespace tagloom

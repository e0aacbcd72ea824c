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

// Whether a JPEG may be decoded at 1/2 or 1/4 of its size, which skips most of the inverse DCT but averages pixels differently
// than the resizing that follows.
enum class JpegScaling {
  kOff,      // every pixel is decoded: the result matches PIL's bit for bit
  kCareful,  // if both sides stay at least twice as long as resizing needs
  kFast,     // if both sides stay at least as long as resizing needs
};
template <>
inline constexpr auto kEnumNames<JpegScaling> =
    names_of<JpegScaling>({{JpegScaling::kOff, "off"}, {JpegScaling::kCareful, "careful"}, {JpegScaling::kFast, "fast"}});

struct TransformOptions {
  int64_t size = 224;
  Resize resize = Resize::kSquash;
  // With kShortSide, or with a random crop, the picture is first resized to this (squash: short_side x short_side), then cropped
  // to size x size; at least size. A squashed picture with a centre crop is resized directly to size x size, without short_side.
  int64_t short_side = 256;
  Crop crop = Crop::kCenter;
  Interpolation interpolation = Interpolation::kBilinear;
  bool flip = false;  // mirror pictures in training with probability 1/2
  JpegScaling jpeg_scaling = JpegScaling::kCareful;

  void declare(SettingRows& data);
};

// Throws Error(kUsage) naming the first invalid setting.
void check(const TransformOptions& settings);

// The least_side for decode_image(): 0 if the decoder must not scale.
int least_side(const TransformOptions& settings);

// Whether the pixels are the same in every epoch, so that features computed from them can be cached.
bool deterministic(const TransformOptions& settings, bool training);

// Writes size * size * 3 bytes. `key` belongs to one picture in one epoch (its draws: 0 crop x, 1 crop y, 2
// flip) and is not used when the transform is deterministic.
void apply(const TransformOptions& settings, const Image& image, bool training, RandomKey key, std::span<uint8_t> out);

// Everything that determines the pixels, for cache keys: equal fingerprints mean equal pixels from equal files.
std::string fingerprint(const TransformOptions& settings, bool training);

}  // namespace tagloom

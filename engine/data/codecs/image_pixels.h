#pragma once
// Converts decoded pixels to 8-bit RGB: rounds 16 bits to 8, blends transparent pixels with white, converts CMYK.
#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace tagloom {

// kAssociated: colours are premultiplied by alpha.
enum class Alpha { kStraight, kAssociated };

// Scales 0 .. `most` to 0 .. 255, rounded.
inline uint8_t to_8_bits(uint64_t value, uint64_t most) { return static_cast<uint8_t>((value * 510 + most) / (2 * most)); }

// One RGBA pixel with values up to `most`, blended with white and rounded once.
template <class Value>
void blend_with_white(const Value* rgba, uint64_t most, Alpha kind, uint8_t* rgb) {
  const uint64_t alpha = rgba[3];
  for (int c = 0; c < 3; ++c) {
    if (alpha >= most) {
      rgb[c] = to_8_bits(rgba[c], most);
    } else if (kind == Alpha::kAssociated) {
      rgb[c] = to_8_bits(std::min(rgba[c] + (most - alpha), most), most);
    } else {
      const uint64_t scaled = (rgba[c] * alpha + most * (most - alpha)) * 255;  // 0 to 255 * most * most
      rgb[c] = static_cast<uint8_t>((scaled + most * most / 2) / (most * most));
    }
  }
}

template <class Value>
void rgb_from_rgba(const Value* rgba, size_t pixels, uint64_t most, Alpha kind, uint8_t* rgb) {
  for (size_t i = 0; i < pixels; ++i, rgba += 4, rgb += 3) {
    if (sizeof(Value) == 1 && rgba[3] == 255) {
      for (int c = 0; c < 3; ++c) rgb[c] = static_cast<uint8_t>(rgba[c]);
    } else {
      blend_with_white(rgba, most, kind, rgb);
    }
  }
}

// 0 is no ink, 255 full ink.
inline void rgb_from_cmyk(const uint8_t* cmyk, uint8_t* rgb) {
  const int light = 255 - cmyk[3];
  for (int c = 0; c < 3; ++c) rgb[c] = static_cast<uint8_t>(((255 - cmyk[c]) * light + 127) / 255);
}

}  // namespace tagloom

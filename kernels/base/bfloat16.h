#pragma once
// bfloat16 storage: the upper half of a float, rounded to nearest even. Arithmetic is done in float.
#include <cstdint>
#include <cstring>

namespace tagloom {

struct Bf16 {
  uint16_t bits = 0;

  Bf16() = default;
  Bf16(float value) {  // NOLINT: implicit, as a narrower float
    uint32_t u;
    std::memcpy(&u, &value, sizeof u);
    if ((u & 0x7fffffffu) > 0x7f800000u) {
      bits = static_cast<uint16_t>((u >> 16) | 0x40u);  // NaN stays NaN
    } else {
      bits = static_cast<uint16_t>((u + 0x7fffu + ((u >> 16) & 1u)) >> 16);
    }
  }
  operator float() const {  // NOLINT: implicit, exact
    const uint32_t u = static_cast<uint32_t>(bits) << 16;
    float value;
    std::memcpy(&value, &u, sizeof value);
    return value;
  }
};
static_assert(sizeof(Bf16) == 2);

}  // namespace tagloom

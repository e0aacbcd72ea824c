#pragma once
// Colours of the scenes: red, green and blue in [0, 1], in the file's sRGB values, without linear light.
#include <algorithm>
#include <cmath>

namespace tagloom {

struct Rgb {
  float r = 0, g = 0, b = 0;
};

inline Rgb operator*(Rgb a, Rgb b) { return {a.r * b.r, a.g * b.g, a.b * b.b}; }
inline Rgb operator*(Rgb a, float s) { return {a.r * s, a.g * s, a.b * s}; }
inline Rgb operator+(Rgb a, Rgb b) { return {a.r + b.r, a.g + b.g, a.b + b.b}; }

// a at t = 0, b at t = 1.
inline Rgb mix(Rgb a, Rgb b, float t) { return a * (1 - t) + b * t; }
inline Rgb lighter(Rgb c, float t) { return mix(c, {1, 1, 1}, t); }
inline Rgb darker(Rgb c, float t) { return c * (1 - t); }
inline float brightness(Rgb c) { return 0.30f * c.r + 0.59f * c.g + 0.11f * c.b; }

inline float color_distance(Rgb a, Rgb b) {
  const float r = a.r - b.r, g = a.g - b.g, bl = a.b - b.b;
  return std::sqrt(r * r + g * g + bl * bl);
}

// Hue in turns (0 red, 1/3 green, 2/3 blue; any real number), saturation and value in [0, 1].
inline Rgb hsv(float hue, float saturation, float value) {
  const auto channel = [&](float turn) {
    float h = (hue + turn - std::floor(hue + turn)) * 6;
    h = std::min({h, 4 - h, 1.0f});
    return value * (1 - saturation * std::max(0.0f, h));
  };
  return {channel(5.0f / 6), channel(0.5f), channel(1.0f / 6)};
}

}  // namespace tagloom

#pragma once
// Smooth value noise for textures: hashed lattice points, blended with 3t^2 - 2t^3.
#include <cmath>
#include <cstdint>

namespace tagloom {

// A number in [0, 1) for each lattice point of each seed.
inline float lattice_noise(int x, int y, uint32_t seed) {
  uint32_t h = seed ^ (static_cast<uint32_t>(x) * 0x9E3779B1u) ^ (static_cast<uint32_t>(y) * 0x85EBCA77u);
  h = (h ^ (h >> 15)) * 0x2C1B3C6Du;
  h = (h ^ (h >> 12)) * 0x297A2D39u;
  h ^= h >> 15;
  return static_cast<float>(h >> 8) * (1.0f / 16777216.0f);
}

// In [0, 1), mean 0.5, features about one unit wide.
inline float smooth_noise(float x, float y, uint32_t seed) {
  const float fx = std::floor(x), fy = std::floor(y);
  const int ix = static_cast<int>(fx), iy = static_cast<int>(fy);
  float u = x - fx, v = y - fy;
  u = u * u * (3 - 2 * u);
  v = v * v * (3 - 2 * v);
  const float a = lattice_noise(ix, iy, seed), b = lattice_noise(ix + 1, iy, seed);
  const float c = lattice_noise(ix, iy + 1, seed), d = lattice_noise(ix + 1, iy + 1, seed);
  return (a + (b - a) * u) * (1 - v) + (c + (d - c) * u) * v;
}

// Sums octaves of noise, each twice as fine and half as strong; in [0, 1), mean 0.5.
inline float cloudy_noise(float x, float y, uint32_t seed, int octaves = 3) {
  float sum = 0, weight = 0.5f, total = 0;
  for (int i = 0; i < octaves; ++i) {
    sum += weight * smooth_noise(x, y, seed + static_cast<uint32_t>(i) * 7919u);
    total += weight;
    weight *= 0.5f;
    x *= 2;
    y *= 2;
  }
  return sum / total;
}

}  // namespace tagloom

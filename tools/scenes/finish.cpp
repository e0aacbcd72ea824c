// Applies fog, lens and film to the whole picture, one after another.
#include "tools/scenes/finish.h"

#include <algorithm>
#include <cmath>

#include "tools/scenes/draw/noise.h"

namespace tagloom {
namespace {

// Thickest at the horizon.
void add_fog(Canvas& canvas, Rgb haze, float horizon, float thickness) {
  const int side = canvas.side();
  for (int y = 0; y < side; ++y) {
    const float away = std::fabs((static_cast<float>(y) + 0.5f) / static_cast<float>(side) - horizon);
    const float fog = thickness * std::max(0.25f, 1 - 1.5f * away);
    for (int x = 0; x < side; ++x) canvas.pixels()[y * side + x] = mix(canvas.pixels()[y * side + x], haze, fog);
  }
}

// Blends each pixel with its four neighbours, each with weight `weight`.
void soften(Canvas& canvas, float weight) {
  const int side = canvas.side();
  const std::vector<Rgb> sharp = canvas.pixels();
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      const int up = std::max(y - 1, 0), down = std::min(y + 1, side - 1), left = std::max(x - 1, 0),
                right = std::min(x + 1, side - 1);
      const Rgb around = sharp[up * side + x] + sharp[down * side + x] + sharp[y * side + left] + sharp[y * side + right];
      canvas.pixels()[y * side + x] = sharp[y * side + x] * (1 - 4 * weight) + around * weight;
    }
  }
}

}  // namespace

void finish_picture(Canvas& canvas, const SceneLayout& layout, SceneRandom& random) {
  if (random.chance(0.2f)) {
    const float thickness = random.range(0.15f, 0.5f), horizon = layout.strips.size() > 1 ? layout.strips[1].top : 0.5f;
    const Rgb haze = layout.light.night ? layout.mood.haze : mix(layout.mood.haze, {0.85f, 0.85f, 0.85f}, 0.5f);
    add_fog(canvas, haze, horizon, thickness);
  }
  if (random.chance(0.2f)) soften(canvas, random.range(0.05f, 0.14f));
  const float exposure = random.range(0.82f, 1.22f), contrast = random.range(0.85f, 1.12f);
  const Rgb cast{random.range(0.9f, 1.08f), random.range(0.92f, 1.06f), random.range(0.9f, 1.08f)};
  const float grain = random.chance(0.5f) ? random.range(0, 0.07f) : 0.01f;
  const uint32_t seed = random.bits();
  const int side = canvas.side();
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      Rgb& pixel = canvas.pixels()[y * side + x];
      const float bright = grain * (lattice_noise(x, y, seed) + lattice_noise(x, y, seed + 1) - 1);
      pixel = (pixel + Rgb{-0.5f, -0.5f, -0.5f}) * contrast + Rgb{0.5f, 0.5f, 0.5f};
      pixel = pixel * cast * exposure + Rgb{bright, bright, bright};
    }
  }
}

std::vector<uint8_t> to_bytes(const Canvas& canvas) {
  std::vector<uint8_t> bytes;
  bytes.reserve(canvas.pixels().size() * 3);
  for (const Rgb& pixel : canvas.pixels()) {
    for (const float value : {pixel.r, pixel.g, pixel.b})
      bytes.push_back(static_cast<uint8_t>(std::clamp(value, 0.0f, 1.0f) * 255 + 0.5f));
  }
  return bytes;
}

}  // namespace tagloom

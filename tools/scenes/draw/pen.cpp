// Maps the pen's box to the picture and shades its colours by the light.
#include "tools/scenes/draw/pen.h"

#include "tools/scenes/draw/noise.h"

namespace tagloom {

void Pen::fill(const Outline& outline, Rgb color) {
  const Rgb lit = color * light_.ambient;
  const float slope = light_.strength / half_;
  canvas_.fill(outline.mapped(place_), [&](float x, float y) {
    const float towards = ((x - centre_.x) * light_.direction.x + (y - centre_.y) * light_.direction.y) * slope;
    const float grain = 0.10f * (smooth_noise(x * 42, y * 42, grain_seed_) - 0.5f);
    return lit * (1 + towards + grain);
  });
}

void Pen::glow(const Outline& outline, Rgb color, float opacity) {
  canvas_.fill(
      outline.mapped(place_), [&](float, float) { return color; }, opacity);
}

void Pen::shadow(Point middle, float rx, float ry) {
  const Rgb dark = light_.ambient * 0.06f;
  for (int ring = 0; ring < 3; ++ring) {
    const float size = 1 - 0.22f * static_cast<float>(ring);
    canvas_.fill(
        Outline().ellipse(middle, rx * size, ry * size).mapped(place_), [&](float, float) { return dark; }, 0.16f, false);
  }
}

void Pen::halo(Point middle, float radius, Rgb color, float strength) {
  constexpr int kRings = 7;
  const Outline circle = Outline().circle({0, 0}, 1);
  for (int ring = 0; ring < kRings; ++ring) {
    const float size = radius * (1 - static_cast<float>(ring) / kRings);
    canvas_.fill(
        circle.mapped(Affine::place(middle, size)).mapped(place_), [&](float, float) { return color; }, strength / kRings * 1.6f,
        false);
  }
}

}  // namespace tagloom

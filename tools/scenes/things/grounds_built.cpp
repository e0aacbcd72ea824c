// Paints the grounds that consist of rows of things: forest, road, city.
#include <algorithm>
#include <cmath>

#include "tools/scenes/draw/noise.h"
#include "tools/scenes/things/grounds.h"

namespace tagloom {

// Three rows of trees, the nearer the darker, all conifers or all leafy or mixed, over dark undergrowth.
void draw_forest(Canvas& canvas, const SceneStrip& strip, const Mood& mood, const Light& light, SceneRandom& random) {
  const Rgb leaves = mood.ground[static_cast<int>(SceneTag::kForest)] * light.ambient;
  const float height = strip.bottom - strip.top, conifers = random.chance(0.4f) ? 1.0f : random.range(0, 0.8f);
  const uint32_t seed = random.bits();
  for (int row = 0; row < 3; ++row) {
    const float near = static_cast<float>(row) / 2, foot = strip.bottom, tall = height * (1 - 0.2f * near);
    const Rgb base = mix(mix(leaves, mood.haze * light.ambient, 0.25f * (1 - near)), darker(leaves, 0.45f), near * 0.8f);
    const auto leafy = [&](float x, float y) {
      return base * (0.75f + 0.5f * smooth_noise(x * 30, y * 30, seed + static_cast<uint32_t>(row)));
    };
    const float step = random.range(0.09f, 0.13f);
    Outline trees;
    for (float x = random.range(-0.1f, 0); x < 1.08f; x += step * random.range(0.8f, 1.2f)) {
      const float top = foot - tall * random.range(0.72f, 1.0f), wide = step * random.range(0.6f, 0.8f);
      if (random.chance(conifers)) {
        trees.polygon({{x, top}, {x + wide, foot - 0.3f * tall}, {x - wide, foot - 0.3f * tall}});
        trees.polygon({{x, top + 0.25f * tall}, {x + wide * 1.2f, foot}, {x - wide * 1.2f, foot}});
      } else {
        trees.ellipse({x, top + wide}, wide, wide)
            .ellipse({x - wide * 0.4f, top + wide * 1.7f}, wide, wide)
            .ellipse({x + wide * 0.5f, top + wide * 1.8f}, wide, wide);
        trees.rectangle(x - wide * 0.2f, top + wide, x + wide * 0.2f, foot);
      }
    }
    trees.rectangle(-0.02f, foot - 0.4f * tall, 1.02f, foot + 0.02f);
    canvas.fill(trees, leafy);
  }
  const Rgb trunk = darker(leaves, 0.7f);
  for (int i = random.between(5, 10); i > 0; --i) {
    const float x = random.uniform(), wide = random.range(0.006f, 0.012f);
    canvas.fill(Outline().rectangle(x - wide, strip.bottom - height * random.range(0.25f, 0.45f), x + wide, strip.bottom),
                [&](float, float) { return trunk; });
  }
}

// Asphalt across the picture: kerbs or edge lines, and dashes along the middle.
void draw_road(Canvas& canvas, const SceneStrip& strip, const Mood& mood, const Light& light, SceneRandom& random) {
  const uint32_t seed = random.bits();
  const Rgb asphalt = mood.ground[static_cast<int>(SceneTag::kRoad)] * light.ambient;
  const Rgb paint = (random.chance(0.7f) ? Rgb{0.95f, 0.95f, 0.92f} : Rgb{0.95f, 0.8f, 0.25f}) * light.ambient;
  const float tilt = random.range(-0.02f, 0.02f), bottom = std::min(strip.bottom, 1.05f), height = bottom - strip.top;
  const auto band = [&](float from, float to, float left = -0.02f, float right = 1.02f) {
    const auto at = [&](float x, float t) { return Point{x, strip.top + height * t + tilt * (x - 0.5f)}; };
    return Outline().polygon({at(left, from), at(right, from), at(right, to), at(left, to)});
  };
  canvas.fill(band(0, 1), [&](float x, float y) {
    const float grain = smooth_noise(x * 150, y * 150, seed) - 0.5f;
    return asphalt * (0.95f + 0.32f * grain + 0.15f * (smooth_noise(x * 3, y * 12, seed + 1) - 0.5f));
  });
  const auto painted = [&](float, float) { return paint; };
  const Rgb kerb = lighter(asphalt, 0.45f);
  canvas.fill(band(0, 0.07f), [&](float, float) { return kerb; });
  if (random.chance(0.5f)) canvas.fill(band(0.90f, 0.94f), painted);
  const float dash = random.range(0.14f, 0.22f), middle = random.range(0.45f, 0.55f);
  for (float x = random.range(-0.2f, 0); x < 1; x += dash * 1.8f) canvas.fill(band(middle, middle + 0.07f, x, x + dash), painted);
}

// Two rows of buildings with windows in a grid, lit at night.
void draw_city(Canvas& canvas, const SceneStrip& strip, const Mood& mood, const Light& light, SceneRandom& random) {
  const float height = strip.bottom - strip.top;
  const Rgb stone = mood.ground[static_cast<int>(SceneTag::kCity)];
  for (int row = 0; row < 2; ++row) {
    for (float x = random.range(-0.12f, 0); x < 1;) {
      const float wide = random.range(0.12f, 0.24f),
                  top = strip.bottom - height * (row == 0 ? random.range(0.65f, 1.0f) : random.range(0.35f, 0.75f));
      const Rgb own = random_paint(random), plaster = mix(stone, own, random.range(0.15f, 0.55f));
      const Rgb wall = mix(plaster, mood.haze, row == 0 ? 0.45f : 0.1f) * light.ambient;
      Outline building;
      building.rectangle(x, top, x + wide, strip.bottom + 0.01f);
      const int roof = random.below(4);
      if (roof == 0) building.polygon({{x, top}, {x + wide / 2, top - 0.07f}, {x + wide, top}});
      if (roof == 1) building.rectangle(x + wide * 0.45f, top - 0.09f, x + wide * 0.53f, top);
      canvas.fill(building, [&](float px, float) { return wall * (1.05f - 0.25f * (px - x) / wide); });
      const int columns = std::max(2, static_cast<int>(wide / 0.055f));
      const float cell = wide / static_cast<float>(columns), rise = cell * 1.15f;
      const Rgb glass = light.night ? Rgb{0.98f, 0.85f, 0.5f} : (random.chance(0.5f) ? darker(wall, 0.45f) : lighter(wall, 0.4f));
      const float lit = light.night ? random.range(0.3f, 0.7f) : 1.0f;
      Outline panes;
      for (float y = top + rise * 0.35f; y + rise * 0.6f < strip.bottom; y += rise) {
        for (int c = 0; c < columns; ++c) {
          const float left = x + (static_cast<float>(c) + 0.25f) * cell;
          if (random.chance(lit)) panes.rectangle(left, y, left + cell * 0.5f, y + rise * 0.55f);
        }
      }
      canvas.fill(panes, [&](float, float) { return glass; });
      x += wide + (random.chance(0.3f) ? random.range(0, 0.05f) : 0);
    }
  }
}

}  // namespace tagloom

// Paints the open grounds, each a texture: sky, sea, beach, grass, snow.
#include <algorithm>
#include <cmath>

#include "tools/scenes/draw/noise.h"
#include "tools/scenes/things/grounds.h"

namespace tagloom {
namespace {

constexpr float kPi = 3.14159265f;
constexpr float kSeam = 0.07f;  // how far a strip extends under the next one's wavy edge

// The strip's outline, with waves of height `roll` in its upper edge.
Outline rolling_strip(const SceneStrip& strip, float roll, SceneRandom& random) {
  const float phase = random.range(0, 2 * kPi), waves = random.range(0.6f, 1.8f);
  Outline outline;
  outline.start({-0.02f, strip.bottom + kSeam}).to({-0.02f, strip.top});
  for (int i = 0; i <= 24; ++i) {
    const float x = static_cast<float>(i) / 24;
    outline.to(
        {x, strip.top + roll * (std::sin(phase + 2 * kPi * waves * x) + 0.4f * std::sin(2.3f * phase + 5 * kPi * waves * x))});
  }
  return outline.to({1.02f, strip.top}).to({1.02f, strip.bottom + kSeam}).finish();
}

// 0 at the strip's top (far), 1 at the lower edge of the picture (near).
float nearness(const SceneStrip& strip, float y) { return std::clamp((y - strip.top) / (1.001f - strip.top), 0.0f, 1.0f); }

}  // namespace

// Light at the horizon, darker above, with thin veils (day) or a faint glow (night).
void draw_sky(Canvas& canvas, const SceneStrip& strip, const Mood& mood, const Light& light, SceneRandom& random) {
  const uint32_t seed = random.bits();
  const float veil = light.night ? 0.05f : random.range(0, 0.35f);
  const Rgb top = darker(mood.ground[static_cast<int>(strip.ground)], 0.1f);
  canvas.fill(Outline().rectangle(-0.02f, strip.top, 1.02f, strip.bottom + kSeam), [&](float x, float y) {
    const float t = std::clamp((y - strip.top) / (strip.bottom - strip.top), 0.0f, 1.0f);
    const float cloudy = std::max(0.0f, cloudy_noise(x * 2.6f, y * 6.5f, seed) - 0.45f);
    return mix(mix(top, mood.haze, t * t), lighter(mood.haze, 0.6f), light.night ? 0 : veil * cloudy * 2.2f);
  });
}

// Waves, closer together towards the horizon, with bright crests. If the strip is the whole picture, the view is under water, with shafts
// of light from above.
void draw_sea(Canvas& canvas, const SceneStrip& strip, const Mood& mood, const Light& light, SceneRandom& random) {
  const uint32_t seed = random.bits();
  const Rgb water = mood.ground[static_cast<int>(SceneTag::kSea)] * light.ambient,
            shine = mix(mood.haze, {1, 1, 1}, 0.4f) * light.ambient;
  const Outline outline = Outline().rectangle(-0.02f, strip.top, 1.02f, strip.bottom + kSeam);
  if (strip.top <= -0.04f && strip.bottom >= 1) {
    const float lean = random.range(-0.6f, 0.6f);
    canvas.fill(outline, [&](float x, float y) {
      const float shaft = smooth_noise((x + lean * y) * 7, y * 0.8f, seed),
                  ripple = smooth_noise(x * 9 + 3 * smooth_noise(x * 5, y * 5, seed), y * 16, seed + 1);
      return mix(water * (1.15f - 0.6f * y), shine,
                 std::max(0.0f, shaft - 0.45f) * (1.0f - 0.8f * y) * 0.9f + std::max(0.0f, ripple - 0.7f) * 0.5f);
    });
    return;
  }
  const float rough = random.range(0.5f, 1.0f);
  canvas.fill(outline, [&](float x, float y) {
    const float t = nearness(strip, y), far = std::log(t + 0.05f);
    const float swell = smooth_noise((x - 0.5f) * 3.2f / (0.22f + t), far * 9, seed) * 0.6f +
                        smooth_noise((x - 0.5f) * 7 / (0.22f + t), far * 19, seed + 1) * 0.4f;
    const Rgb base = mix(mix(water, mood.haze * light.ambient, 0.3f * (1 - t)), darker(water, 0.45f), rough * (1 - swell) * 0.9f);
    return mix(base, shine, rough * std::max(0.0f, swell - 0.55f) * 2.2f);
  });
}

// Grain and ripples, with shells and a line of foam at the sea.
void draw_beach(Canvas& canvas, const SceneStrip& strip, const Mood& mood, const Light& light, SceneRandom& random) {
  const uint32_t seed = random.bits();
  const Rgb sand = mood.ground[static_cast<int>(SceneTag::kBeach)] * light.ambient;
  const float ripple = random.range(0.02f, 0.08f), slant = random.range(-1.0f, 1.0f);
  const Outline outline = rolling_strip(strip, 0.018f, random);
  canvas.fill(
      outline.mapped({1, 0, 0, 0, 1, -0.022f}), [&](float, float) { return lighter(sand, 0.75f); }, 0.8f);  // foam
  canvas.fill(outline, [&](float x, float y) {
    const float t = nearness(strip, y);
    const float grain = smooth_noise(x * 150, y * 150, seed) - 0.5f;
    const float bend = smooth_noise(x * 4, y * 4, seed + 1);
    const float wave = std::sin((y + 0.12f * slant * x) * 90 / (0.5f + t) + 7 * bend);
    return sand * (0.92f + 0.13f * t + 0.3f * grain + ripple * wave + 0.12f * (bend - 0.5f));
  });
  const int shells = random.between(2, 7);
  for (int i = 0; i < shells; ++i) {
    const Point at{random.uniform(), random.range(strip.top + 0.08f, strip.bottom)};
    const float size = random.range(0.006f, 0.014f) * (1 + nearness(strip, at.y));
    const Rgb color = random.chance(0.5f) ? lighter(sand, 0.5f) : darker(sand, 0.35f);
    canvas.fill(Outline().ellipse(at, size * 1.4f, size), [&](float, float) { return color; });
  }
}

// Upright blades, longer near by, in lighter and darker patches.
void draw_grass(Canvas& canvas, const SceneStrip& strip, const Mood& mood, const Light& light, SceneRandom& random) {
  const uint32_t seed = random.bits();
  const Rgb green = mood.ground[static_cast<int>(SceneTag::kGrass)] * light.ambient;
  const float vanish = random.range(0.2f, 0.8f);  // the vanishing point of the rows of blades
  canvas.fill(rolling_strip(strip, random.range(0, 0.02f), random), [&](float x, float y) {
    const float t = nearness(strip, y), scale = 1 / (0.35f + 0.65f * t);
    const float blade = smooth_noise((x - vanish) * 34 * scale, y * 9 * scale, seed) - 0.5f,
                patch = cloudy_noise(x * 3, y * 5 * scale, seed + 1, 2) - 0.5f;
    return green * (0.85f + 0.2f * t + 0.55f * blade + 0.45f * patch);
  });
  const int tufts = random.between(16, 34);
  for (int i = 0; i < tufts; ++i) {
    const Point foot{random.uniform(), random.range(strip.top + 0.05f, strip.bottom + 0.03f)};
    const float tall = (0.02f + 0.05f * nearness(strip, foot.y)) * random.range(0.7f, 1.3f),
                lean = random.range(-0.4f, 0.4f) * tall;
    const Rgb color = random.chance(0.5f) ? lighter(green, 0.22f) : darker(green, 0.35f);
    canvas.fill(
        Outline().polygon({{foot.x - 0.12f * tall, foot.y}, {foot.x + lean, foot.y - tall}, {foot.x + 0.12f * tall, foot.y}}),
        [&](float, float) { return color; });
  }
}

// Smooth drifts with soft shadows and a few glints.
void draw_snow(Canvas& canvas, const SceneStrip& strip, const Mood& mood, const Light& light, SceneRandom& random) {
  const uint32_t seed = random.bits();
  const Rgb snow = mood.ground[static_cast<int>(SceneTag::kSnow)] * light.ambient;
  const Rgb shade = mix(snow, Rgb{0.45f, 0.52f, 0.75f} * light.ambient, 0.5f);
  const int drifts = 3;
  for (int i = 0; i < drifts; ++i) {
    SceneStrip drift = strip;
    drift.top += (strip.bottom - strip.top) * static_cast<float>(i) / drifts * random.range(0.7f, 1.1f);
    canvas.fill(rolling_strip(drift, random.range(0.012f, 0.03f), random), [&](float x, float y) {
      const float depth = std::clamp((y - drift.top) * 5, 0.0f, 1.0f),
                  soft = smooth_noise(x * 3, y * 7, seed + static_cast<uint32_t>(i));
      return mix(snow, shade, 0.75f * depth * (0.35f + 0.65f * soft));
    });
  }
  Outline glints;
  for (int i = random.between(10, 40); i > 0; --i) {
    const Point at{random.uniform(), random.range(strip.top + 0.04f, strip.bottom)};
    glints.circle(at, random.range(0.002f, 0.006f));
  }
  canvas.fill(
      glints, [&](float, float) { return light.ambient; }, 0.7f);
}

}  // namespace tagloom

// Chooses the colours of the grounds and calls the function that paints each.
#include "tools/scenes/things/grounds.h"

namespace tagloom {
namespace {

// The usual colour of a ground by day.
Rgb usual_color(SceneTag ground, SceneRandom& random) {
  const auto within = [&](float h0, float h1, float s0, float s1, float v0, float v1) {
    const float hue = random.range(h0, h1), saturation = random.range(s0, s1), value = random.range(v0, v1);
    return hsv(hue, saturation, value);
  };
  switch (ground) {
    case SceneTag::kSky:
      return within(0.50f, 0.64f, 0.20f, 0.65f, 0.65f, 0.98f);
    case SceneTag::kNight:
      return within(0.52f, 0.82f, 0.35f, 0.80f, 0.10f, 0.30f);
    case SceneTag::kSea:
      return within(0.44f, 0.64f, 0.30f, 0.75f, 0.35f, 0.80f);
    case SceneTag::kBeach:
      return within(0.07f, 0.14f, 0.20f, 0.50f, 0.70f, 0.95f);
    case SceneTag::kGrass:
      return within(0.16f, 0.38f, 0.35f, 0.70f, 0.40f, 0.78f);
    case SceneTag::kForest:
      return within(0.20f, 0.45f, 0.30f, 0.60f, 0.25f, 0.50f);
    case SceneTag::kSnow:
      return within(0.50f, 0.70f, 0.02f, 0.14f, 0.85f, 0.99f);
    case SceneTag::kRoad:
      return within(0.00f, 1.00f, 0.02f, 0.12f, 0.30f, 0.55f);
    default:
      return within(0.00f, 1.00f, 0.05f, 0.30f, 0.40f, 0.80f);
  }
}

// The other skies: overcast, sunset, dawn, storm; also the tint of everything below.
Rgb unusual_sky(SceneRandom& random) {
  switch (random.below(4)) {
    case 0: {
      const float h = random.uniform();
      return hsv(h, 0.08f, random.range(0.55f, 0.88f));
    }
    case 1: {
      const float h = random.range(0.03f, 0.12f);
      return hsv(h, random.range(0.35f, 0.65f), 0.95f);
    }
    case 2: {
      const float h = random.range(0.85f, 1.0f);
      return hsv(h, random.range(0.20f, 0.45f), 0.93f);
    }
    default: {
      const float h = random.range(0.36f, 0.50f);
      return hsv(h, random.range(0.15f, 0.40f), 0.7f);
    }
  }
}

}  // namespace

Rgb random_paint(SceneRandom& random) {
  if (random.chance(0.2f)) {
    const float hue = random.uniform(), saturation = random.range(0, 0.12f), value = random.range(0.15f, 1.0f);
    return hsv(hue, saturation, value);
  }
  const float hue = random.uniform(), saturation = random.range(0.35f, 0.88f), value = random.range(0.42f, 0.98f);
  return hsv(hue, saturation, value);
}

Mood make_mood(bool night, SceneRandom& random) {
  Mood mood;
  for (int i = 0; i < kSceneGrounds; ++i) {
    // One ground in four borrows the colours of another one: a grey sea, orange grass, blue sand.
    const bool borrows = random.chance(0.25f);
    const SceneTag lender = static_cast<SceneTag>(random.below(kSceneGrounds));
    mood.ground[i] = usual_color(borrows && lender != SceneTag::kNight ? lender : static_cast<SceneTag>(i), random);
  }
  Rgb& sky = mood.ground[static_cast<int>(night ? SceneTag::kNight : SceneTag::kSky)];
  if (night) {
    sky = usual_color(SceneTag::kNight, random);
    mood.haze = lighter(sky, random.range(0.08f, 0.25f));
    return mood;
  }
  const bool unusual = random.chance(0.45f);
  const Rgb tint = unusual ? unusual_sky(random) : lighter(sky, 0.6f);
  mood.haze = unusual ? tint : lighter(sky, random.range(0.3f, 0.65f));
  const float amount = unusual ? random.range(0.10f, 0.35f) : 0.05f;
  for (Rgb& ground : mood.ground) ground = mix(ground, tint * (0.4f + 0.75f * brightness(ground)), amount);
  return mood;
}

void draw_ground(Canvas& canvas, const SceneStrip& strip, const Mood& mood, const Light& light, SceneRandom& random) {
  switch (strip.ground) {
    case SceneTag::kSea:
      return draw_sea(canvas, strip, mood, light, random);
    case SceneTag::kBeach:
      return draw_beach(canvas, strip, mood, light, random);
    case SceneTag::kGrass:
      return draw_grass(canvas, strip, mood, light, random);
    case SceneTag::kForest:
      return draw_forest(canvas, strip, mood, light, random);
    case SceneTag::kSnow:
      return draw_snow(canvas, strip, mood, light, random);
    case SceneTag::kRoad:
      return draw_road(canvas, strip, mood, light, random);
    case SceneTag::kCity:
      return draw_city(canvas, strip, mood, light, random);
    default:
      return draw_sky(canvas, strip, mood, light, random);  // day or night
  }
}

}  // namespace tagloom

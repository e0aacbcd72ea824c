// Chooses setting, day or night, objects, and places where they do not hide each other too much.
#include "tools/scenes/layout.h"

#include <algorithm>
#include <cmath>

#include "tools/scenes/things/objects.h"

namespace tagloom {
namespace {

constexpr int kTries = 12;                // places tried for an object
constexpr float kOverlapAllowed = 0.25f;  // of the smaller box

struct Box {
  float left, top, right, bottom;
  float area() const { return std::max(0.0f, right - left) * std::max(0.0f, bottom - top); }
};

Box box_of(const ScenePlacement& p) {
  const ObjectKind& kind = object_kind(p.tag);
  return {p.centre.x - p.half * kind.width, p.centre.y + p.half * kind.top, p.centre.x + p.half * kind.width,
          p.centre.y + p.half};
}

float overlap(const Box& a, const Box& b) {
  const Box shared{std::max(a.left, b.left), std::max(a.top, b.top), std::min(a.right, b.right), std::min(a.bottom, b.bottom)};
  return shared.right > shared.left && shared.bottom > shared.top ? shared.area() / std::min(a.area(), b.area()) : 0;
}

const SceneStrip* strip_of(const SceneLayout& layout, SceneTag ground) {
  for (const SceneStrip& strip : layout.strips) {
    if (strip.ground == ground) return &strip;
  }
  return nullptr;
}

// The strip for an object on land: the road for cars, else the lowest strip (or half the time the grass next to a road).
const SceneStrip& land_of(const SceneLayout& layout, SceneTag tag, SceneRandom& random) {
  const SceneStrip* road = strip_of(layout, SceneTag::kRoad);
  const SceneStrip* grass = strip_of(layout, SceneTag::kGrass);
  if (road == nullptr || grass == nullptr) return layout.strips.back();
  const bool rooted = tag == SceneTag::kTree || tag == SceneTag::kHouse || tag == SceneTag::kFlower;
  return tag != SceneTag::kCar && (rooted || random.chance(0.5f)) ? *grass : *road;
}

// An empty range becomes its middle.
float within(float low, float high, SceneRandom& random) {
  const float t = random.uniform();
  return low < high ? low + (high - low) * t : (low + high) / 2;
}

ScenePlacement place(const SceneLayout& layout, SceneTag tag, float zoom, SceneRandom& random) {
  const ObjectKind& kind = object_kind(tag);
  ScenePlacement p;
  p.tag = tag;
  p.half = zoom * random.range(kind.smallest, kind.largest);
  p.angle = random.range(-kind.tilt, kind.tilt);
  p.mirrored = random.chance(0.5f);
  const SceneTag first = layout.strips[0].ground;
  const bool has_sky = first == SceneTag::kSky || first == SceneTag::kNight;
  const float horizon = has_sky ? layout.strips[0].bottom : 0.0f;
  p.centre.x = within(p.half * kind.width * 0.7f, 1 - p.half * kind.width * 0.7f, random);
  switch (kind.habitat) {
    case Habitat::kHigh:
      p.centre.y = within(p.half * 0.75f, std::min(horizon - 0.15f * p.half, 0.75f), random);
      break;
    case Habitat::kAir:
      p.centre.y = within(p.half * 0.9f, std::min(horizon + 0.12f, 1 - p.half), random);
      break;
    case Habitat::kSkyline:
      p.half = std::min(p.half, (horizon - 0.03f) / (1 - kind.top));
      p.centre.y = horizon + 0.03f - p.half;
      break;
    case Habitat::kLand: {
      const SceneStrip& land = land_of(layout, tag, random);
      // The upper edge of a road is a kerb, so objects on it are placed lower.
      const float foot = within(land.top + (land.ground == SceneTag::kRoad ? 0.3f : 0.15f) * (land.bottom - land.top),
                                std::min(land.bottom, 0.97f), random);
      p.half *= 0.72f + 0.28f * std::clamp((foot - horizon) / (1 - horizon), 0.0f, 1.0f);
      if (tag == SceneTag::kBall && !has_sky) p.half *= 1.3f;
      p.half = std::min(p.half, (foot + 0.03f) / (1 - kind.top));  // keeps the head inside the picture
      p.centre.y = foot - p.half;
      break;
    }
    case Habitat::kWater: {
      const SceneStrip& sea = *strip_of(layout, SceneTag::kSea);
      const float foot = within(sea.top + 0.04f, std::min(sea.bottom - 0.03f, 0.95f), random);
      p.half = std::min(p.half, (foot + 0.03f) / (1 - kind.top));
      p.centre.y = foot - p.half;
      break;
    }
    case Habitat::kDeep: {
      const SceneStrip& sea = *strip_of(layout, SceneTag::kSea);
      p.centre.y = within(std::max(sea.top, 0.0f) + 0.6f * p.half, std::min(sea.bottom, 1.0f) - 0.6f * p.half, random);
      break;
    }
  }
  return p;
}

// The grounds; the first strip ends at the horizon. Each strip but the last extends a little under the next one.
void lay_strips(SceneLayout& layout, bool night, bool close, SceneRandom& random) {
  std::vector<SceneTag> grounds = distinct_grounds(*layout.setting);
  if (close) grounds.erase(grounds.begin());
  if (night && grounds[0] == SceneTag::kSky) grounds[0] = SceneTag::kNight;
  const bool sky = !close && grounds[0] != SceneTag::kSea;
  std::vector<float> tops{-0.05f};
  if (grounds.size() > 1) tops.push_back(sky ? random.range(0.36f, 0.62f) : random.range(0.2f, 0.4f));
  if (grounds.size() > 2) tops.push_back(tops[1] + (1 - tops[1]) * random.range(0.35f, 0.6f));
  for (size_t i = 0; i < grounds.size(); ++i) {
    layout.strips.push_back({grounds[i], tops[i], i + 1 < grounds.size() ? tops[i + 1] : 1.05f});
  }
  // Forests and cities rise above their base, so the strip in the middle starts higher.
  if (grounds.size() > 2 && (grounds[1] == SceneTag::kForest || grounds[1] == SceneTag::kCity)) {
    layout.strips[1].top = std::max(0.1f, layout.strips[1].top - random.range(0.05f, 0.2f));
    layout.strips[0].bottom = layout.strips[1].bottom;
  }
}

Light make_light(bool night, SceneRandom& random) {
  Light light;
  light.night = night;
  const float angle = random.range(-2.7f, -0.45f);  // from upper left to upper right
  light.direction = {std::cos(angle), std::sin(angle)};
  light.strength = night ? random.range(0.05f, 0.15f) : random.range(0.10f, 0.32f);
  if (night) {
    const float level = random.range(0.44f, 0.70f);
    light.ambient = {level * 0.85f, level * 0.92f, level * 1.15f};
  }
  return light;
}

}  // namespace

SceneLayout make_layout(SceneRandom& random) {
  const std::span<const SceneSetting> settings = scene_settings();
  std::vector<float> shares;
  for (const SceneSetting& setting : settings) shares.push_back(setting.share);
  SceneLayout layout;
  layout.setting = &settings[random.weighted(shares)];
  const bool close = random.chance(layout.setting->close), night = random.chance(layout.setting->night) && !close;
  lay_strips(layout, night, close, random);
  layout.light = make_light(night, random);
  layout.mood = make_mood(night, random);

  std::array<float, kSceneObjects> weights = object_weights_at(*layout.setting, night, !close);
  static constexpr float kHowMany[] = {0.30f, 0.45f, 0.25f};
  const int kinds = std::min(random.weighted(kHowMany) + 1, kMostSceneTags - static_cast<int>(layout.strips.size()));
  std::vector<Box> taken;
  for (int i = 0; i < kinds; ++i) {
    const int choice = random.weighted(weights);
    if (choice < 0) break;
    weights[choice] = 0;
    const SceneTag tag = static_cast<SceneTag>(kSceneGrounds + choice);
    const ObjectKind& kind = object_kind(tag);
    const int count = random.chance(0.3f) ? random.between(1, kind.most) : 1;
    const float zoom = (kinds == 1 ? 1.15f : 1.0f) * (count > 1 ? 0.78f : 1.0f);
    const uint64_t look = random.bits();
    for (int k = 0; k < count; ++k) {
      ScenePlacement best{};
      float least = 2;
      for (int attempt = 0; attempt < kTries && least > kOverlapAllowed; ++attempt) {
        ScenePlacement p = place(layout, tag, zoom, random);
        float worst = 0;
        for (const Box& other : taken) worst = std::max(worst, overlap(box_of(p), other));
        if (worst < least) {
          least = worst;
          best = p;
        }
      }
      if (k > 0 && least > kOverlapAllowed) continue;  // no space for another one
      best.look = look;
      taken.push_back(box_of(best));
      const bool far = kind.habitat == Habitat::kHigh || kind.habitat == Habitat::kSkyline;
      (far ? layout.behind : layout.before).push_back(best);
    }
  }
  // Floating objects are painted before standing ones, and standing ones from the highest (farthest) to the lowest. In the sky, sun, moon
  // and stars come first.
  const auto depth = [](const ScenePlacement& p) {
    const Habitat habitat = object_kind(p.tag).habitat;
    if (habitat == Habitat::kAir) return 0.0f;
    if (habitat == Habitat::kHigh) return p.tag == SceneTag::kCloud ? 0.5f : 0.0f;
    return 1.0f + p.centre.y + p.half;
  };
  const auto farther = [&](const ScenePlacement& a, const ScenePlacement& b) { return depth(a) < depth(b); };
  std::stable_sort(layout.behind.begin(), layout.behind.end(), farther);
  std::stable_sort(layout.before.begin(), layout.before.end(), farther);
  return layout;
}

}  // namespace tagloom

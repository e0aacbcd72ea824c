// The table of settings and of the weights of their objects.
#include "tools/scenes/settings.h"

#include <algorithm>

#include "tools/scenes/things/objects.h"

namespace tagloom {
namespace {

using enum SceneTag;

constexpr SceneSetting kSettings[] = {
    // name          share night  close  grounds                     sun mo st cl mou tre hou lig car boa bir fis flo
    // dog per bal kit umb bal
    {"open sea", 15, 0.25f, 0.00f, {kSky, kSea, kSea}, {3, 5, 4, 3, 1, 0, 0, 3, 0, 9, 3, 3, 0, 0, 0, 0, 0, 0, 1}},
    {"beach", 13, 0.15f, 0.15f, {kSky, kSea, kBeach}, {3, 4, 3, 1, 0, 2, 0, 2, 0, 3, 2, 1, 0, 3, 4, 6, 3, 6, 0}},
    {"meadow", 17, 0.15f, 0.15f, {kSky, kGrass, kGrass}, {3, 4, 4, 3, 2, 5, 5, 0, 1, 0, 2, 0, 8, 5, 3, 3, 4, 1, 3}},
    {"woodland", 11, 0.20f, 0.00f, {kSky, kForest, kGrass}, {2, 3, 3, 1, 0, 2, 3, 0, 1, 0, 4, 0, 5, 5, 3, 1, 0, 0, 1}},
    {"winter", 11, 0.25f, 0.10f, {kSky, kSnow, kSnow}, {3, 5, 4, 1, 6, 5, 5, 0, 1, 0, 1, 0, 0, 4, 4, 0, 0, 1, 1}},
    {"street", 12, 0.30f, 0.00f, {kSky, kCity, kRoad}, {1, 3, 2, 1, 0, 1, 0, 0, 9, 0, 1, 0, 0, 3, 6, 1, 0, 5, 0}},
    {"country road", 8, 0.20f, 0.00f, {kSky, kGrass, kRoad}, {2, 3, 3, 2, 2, 4, 4, 0, 9, 0, 1, 0, 1, 2, 1, 0, 1, 1, 1}},
    {"high air", 7, 0.15f, 0.00f, {kSky, kSky, kSky}, {3, 5, 5, 5, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 5, 0, 7}},
    {"under water", 6, 0.00f, 0.00f, {kSea, kSea, kSea}, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 1, 0, 0, 0}},
};

float at_night(SceneTag tag) {
  if (tag == kSun) return 0;
  if (tag == kCloud || tag == kKite || tag == kBalloon) return 0.25f;
  if (tag == kBird) return 0.4f;
  return 1;
}

float by_day(SceneTag tag) {
  if (tag == kStars) return 0;
  if (tag == kMoon) return 0.04f;
  return 1;
}

bool needs_sky(SceneTag tag) {
  const Habitat habitat = object_kind(tag).habitat;
  return habitat == Habitat::kHigh || habitat == Habitat::kAir || habitat == Habitat::kSkyline;
}

}  // namespace

std::span<const SceneSetting> scene_settings() { return kSettings; }

std::vector<SceneTag> distinct_grounds(const SceneSetting& setting) {
  std::vector<SceneTag> grounds;
  for (SceneTag ground : setting.grounds) {
    if (std::find(grounds.begin(), grounds.end(), ground) == grounds.end()) grounds.push_back(ground);
  }
  return grounds;
}

std::array<float, kSceneObjects> object_weights_at(const SceneSetting& setting, bool night, bool sky) {
  std::array<float, kSceneObjects> weights = setting.object_weights;
  for (int i = 0; i < kSceneObjects; ++i) {
    const SceneTag tag = static_cast<SceneTag>(kSceneGrounds + i);
    weights[i] *= night ? at_night(tag) : by_day(tag);
    if (!sky && needs_sky(tag)) weights[i] = 0;
  }
  return weights;
}

}  // namespace tagloom

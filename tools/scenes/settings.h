#pragma once
// The settings a scene may play in, and the company table: which objects are seen where, and how often. This table is
// all that makes tags go together (boat with sea, moon with night).
#include <array>
#include <span>
#include <vector>

#include "tools/scenes/tags.h"

namespace tagloom {

struct SceneSetting {
  const char* name;
  float share;                               // of all pictures, in percent
  float night;                               // chance that the sky is a night sky
  float close;                               // chance that the view is down on the ground, without a sky
  std::array<SceneTag, 3> grounds;           // from the top down; fewer when the last ones repeat
  std::array<float, kSceneObjects> company;  // weight of each object, in the order of SceneTag
};

std::span<const SceneSetting> scene_settings();

// Without repeats.
std::vector<SceneTag> distinct_grounds(const SceneSetting& setting);

// A setting's company by day or by night: at night the sun, kites and balloons go home and birds and clouds are few; by
// day there are no stars and rarely a moon. With `sky` false nothing that needs one is left.
std::array<float, kSceneObjects> company_at(const SceneSetting& setting, bool night, bool sky);

}  // namespace tagloom

#pragma once
// The settings of the scenes and the table of their objects, with weights. Only this table makes tags occur together (boat with sea, moon
// with night).
#include <array>
#include <span>
#include <vector>

#include "tools/scenes/tags.h"

namespace tagloom {

struct SceneSetting {
  const char* name;
  float share;                                      // percentage of all pictures
  float night;                                      // probability of a night sky
  float close;                                      // probability of a view down on the ground, without a sky
  std::array<SceneTag, 3> grounds;                  // from the top down; repeated ones count once
  std::array<float, kSceneObjects> object_weights;  // weight of each object, in the order of SceneTag
};

std::span<const SceneSetting> scene_settings();

// The setting's grounds without repeats.
std::vector<SceneTag> distinct_grounds(const SceneSetting& setting);

// A setting's object weights by day or by night. At night there is no sun and there are fewer clouds, kites, balloons and birds; by day
// there are no stars and rarely a moon. Without `sky`, objects that need one have weight 0.
std::array<float, kSceneObjects> object_weights_at(const SceneSetting& setting, bool night, bool sky);

}  // namespace tagloom

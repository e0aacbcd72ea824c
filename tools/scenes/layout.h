#pragma once
// Plans one picture before it is painted: its grounds from top to bottom, its objects from back to front, its light and colours.
#include <vector>

#include "tools/scenes/settings.h"
#include "tools/scenes/things/grounds.h"

namespace tagloom {

struct ScenePlacement {
  SceneTag tag = SceneTag::kSun;
  Point centre;     // of the object's box, picture units
  float half = 0;   // half the box's side
  float angle = 0;  // radians, clockwise
  bool mirrored = false;
  uint64_t look = 0;  // seed of the appearance: objects with the same value are drawn alike
};

struct SceneLayout {
  const SceneSetting* setting;
  std::vector<SceneStrip> strips;      // the first is the farthest
  std::vector<ScenePlacement> behind;  // between the first strip and the others: in the sky, on the horizon
  std::vector<ScenePlacement> before;  // in front of the strips, back to front
  Light light;
  Mood mood;
};

SceneLayout make_layout(SceneRandom& random);

}  // namespace tagloom

#pragma once
// Draws one picture of the built-in dataset, with its tags, from (seed, index) alone.
#include <cstdint>
#include <vector>

#include "tools/scenes/importance.h"

namespace tagloom {

// Increase this number with every change to the pictures or tags.
inline constexpr int kScenesVersion = 1;

struct ScenePicture {
  int side = 0;
  std::vector<uint8_t> rgb;         // [side * side * 3]
  std::vector<SceneThing> things;   // in paint order
  std::vector<TagImportance> tags;  // 2 to 5, most important first
};

// The picture with this index of the dataset with this seed; side is 16 to 1024 pixels.
ScenePicture make_scene(uint64_t seed, int64_t index, int side);

}  // namespace tagloom

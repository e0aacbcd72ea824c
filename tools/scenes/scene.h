#pragma once
// One picture of the built-in dataset: painted by our own code from (seed, index) alone, with the tags it earned.
#include <cstdint>
#include <vector>

#include "tools/scenes/importance.h"

namespace tagloom {

// Pictures and tags change only together with this number.
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

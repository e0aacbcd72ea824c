#pragma once
// What stands between a scene and its picture: fog, a soft lens, exposure, a cast of colour, grain.
#include <cstdint>
#include <vector>

#include "tools/scenes/layout.h"

namespace tagloom {

void finish_picture(Canvas& canvas, const SceneLayout& layout, SceneRandom& random);

// [side * side * 3], rounded, cut to 0 to 255.
std::vector<uint8_t> to_bytes(const Canvas& canvas);

}  // namespace tagloom

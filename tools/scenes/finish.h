#pragma once
// Turns a drawn scene into a picture: fog, a soft lens, exposure, a colour cast, grain.
#include <cstdint>
#include <vector>

#include "tools/scenes/layout.h"

namespace tagloom {

void finish_picture(Canvas& canvas, const SceneLayout& layout, SceneRandom& random);

// [side * side * 3], rounded, cut to 0 to 255.
std::vector<uint8_t> to_bytes(const Canvas& canvas);

}  // namespace tagloom

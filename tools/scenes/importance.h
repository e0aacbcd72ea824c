#pragma once
// Which tags a picture gets, and in what order: by how much of each thing is seen, how near the middle, how little
// hidden.
//
// Every thing i has its own coverage a_i(p) in [0, 1] at each pixel p: what it would cover alone. Things are painted in
// order, so what is seen of it is
//     v_i(p) = a_i(p) * product over the things j painted later of (1 - a_j(p)).
// All things of one tag count together. With P pixels, and r(p) the distance of p from the picture's middle divided by
// the distance of a corner from it,
//     seen        A = sum v / P                         part of the picture, 0 to 1
//     centrality  C = 1 - sum v r / sum v               1 in the middle, 0 in a corner
//     openness    O = sum v / sum a                     1 where nothing hides it
//     importance  I = w * sqrt(A) * (1 + C) / 2 * (1 + O) / 2        w = 1 for objects, 0.35 for grounds
// A tag is given when A >= 0.005 (objects) or 0.04 (grounds), and O >= 0.3 for objects, 0 for grounds. Tags stand in
// falling order of I; equal ones in the order of words.txt.
#include <vector>

#include "tools/scenes/tags.h"

namespace tagloom {

// One thing as it was painted; things are listed in paint order.
struct SceneThing {
  SceneTag tag;
  std::vector<float> coverage;  // [side * side], row-major
};

struct TagImportance {
  SceneTag tag;
  float seen, centrality, openness, importance;
};

inline constexpr float kGroundWeight = 0.35f;
inline constexpr float kObjectSeen = 0.005f, kGroundSeen = 0.04f, kObjectOpen = 0.3f;

// Most important first; only the tags that are given.
std::vector<TagImportance> rank_tags(const std::vector<SceneThing>& things, int side);

}  // namespace tagloom

#pragma once
// Selects and ranks the tags of a picture by how large, how central and how little hidden each thing is.
//
// Every thing i has a coverage a_i(p) in [0, 1] at each pixel p: the part of p that it would cover alone. Things are painted in order,
// so its visible part is
//     v_i(p) = a_i(p) * product over the things j painted later of (1 - a_j(p)).
// All things of one tag are summed. With P pixels, and r(p) the distance of p from the picture's middle divided by the distance of a
// corner from it,
//     seen        A = sum v / P                         fraction of the picture, 0 to 1
//     centrality  C = 1 - sum v r / sum v               1 in the middle, 0 in a corner
//     openness    O = sum v / sum a                     1 if nothing hides it
//     importance  I = w * sqrt(A) * (1 + C) / 2 * (1 + O) / 2        w = 1 for objects, 0.35 for grounds
// Objects are tagged if A >= 0.005 and O >= 0.3, grounds if A >= 0.04. Tags are sorted by decreasing I, ties in the order of words.txt.
#include <vector>

#include "tools/scenes/tags.h"

namespace tagloom {

// One painted thing.
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

// `things` is in paint order. Returns only the selected tags, the most important first.
std::vector<TagImportance> rank_tags(const std::vector<SceneThing>& things, int side);

}  // namespace tagloom

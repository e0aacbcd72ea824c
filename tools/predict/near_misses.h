#pragma once
// Finds the best tags that a picture was not given, and how close the decision was.
#include <cstdint>
#include <span>

#include "engine/selection/tag_selection.h"

namespace tagloom {

struct NearMisses {
  TagList runners_up;  // the best tags that were not given, best first

  // The smallest change of one score that would add or remove a tag. With a threshold, this is the smallest distance between it and a
  // score. If the first k tags are given, it is also the difference between the lowest score of a given tag and the highest score of the
  // others, or 0 if a decoder ranked them differently. Infinite if no change of one score would have an effect.
  double margin = 0;
};

// For one picture: considers the tags in `ranking` and returns at most `count` runners-up. scores [V].
NearMisses near_misses(std::span<const int32_t> ranking, std::span<const float> scores, const SelectionRule& rule, int64_t count);

}  // namespace tagloom

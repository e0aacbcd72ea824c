#pragma once
// The tags that a picture nearly got, and how near.
#include <cstdint>
#include <span>

#include "engine/selection/tag_selection.h"

namespace tagloom {

struct NearMisses {
  TagList runners_up;  // the best tags that were not given, best first

  // The smallest change of one score that would give another tag or take one away: with a threshold, the smallest distance of a score from
  // it; where the first k tags are given, also the difference between the lowest score of a given tag and the highest of the others,
  // 0 if a decoder ranked them differently. Infinite if no change of one score would.
  double margin = 0;
};

// Of one picture, for the tags in `ranking`; at most `count` runners-up. scores [V].
NearMisses near_misses(std::span<const int32_t> ranking, std::span<const float> scores, const SelectionRule& rule, int64_t count);

}  // namespace tagloom

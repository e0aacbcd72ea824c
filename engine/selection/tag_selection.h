#pragma once
// From scores to a ranking, from a ranking to the tags that are given.
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "engine/selection/predictions.h"

namespace tagloom {

// Which tags of a picture's ranking are given: the first so many, those with a score above a threshold, or of the first so many those
// above it.
struct SelectionRule {
  std::optional<int64_t> top_k = {};
  std::optional<double> threshold = {};
  std::vector<float> tag_thresholds = {};  // [V], of each tag in place of `threshold`; or empty
};

// The `count` tags with the highest scores, best first; equal scores: the lower tag first.
TagList rank_by_score(std::span<const float> scores, int64_t count);

// The tags of a ranking that are given, in its order. scores [V]; `score > threshold`, strictly, as floats.
TagList select_tags(std::span<const int32_t> ranking, std::span<const float> scores, const SelectionRule& rule);

// The tags that are given to picture i of the predictions, best first.
TagList given_tags(const Predictions& predictions, int64_t i, const SelectionRule& rule);

}  // namespace tagloom

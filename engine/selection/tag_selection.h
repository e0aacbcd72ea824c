#pragma once
// Ranks tags by score and selects the predicted ones.
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "engine/selection/predictions.h"

namespace tagloom {

// Which tags of a picture's ranking are predicted: the first k, those with a score above a threshold, or those of the first k
// above it.
struct SelectionRule {
  std::optional<int64_t> top_k = {};
  std::optional<double> threshold = {};
  std::vector<float> tag_thresholds = {};  // [V], each tag's own threshold, replacing `threshold`; or empty
};

// The `count` tags with the highest scores, best first; ties by tag id.
TagList rank_by_score(std::span<const float> scores, int64_t count);

// The predicted tags, in the order of the ranking. scores [V]; compares `score > threshold` strictly, as floats.
TagList select_tags(std::span<const int32_t> ranking, std::span<const float> scores, const SelectionRule& rule);

// The predicted tags of picture i, best first.
TagList given_tags(const Predictions& predictions, int64_t i, const SelectionRule& rule);

}  // namespace tagloom

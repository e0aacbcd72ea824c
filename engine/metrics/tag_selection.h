#pragma once
// From scores to a ranking, from a ranking to the tags that are given.
#include <cstdint>
#include <span>

#include "engine/metrics/metric_options.h"
#include "engine/metrics/truth_table.h"

namespace tagloom {

// The `count` tags with the highest scores, best first; equal scores: the lower tag first.
TagList rank_by_score(std::span<const float> scores, int64_t count);

// The tags of a ranking that are given, in its order, by selection, top_k and the thresholds of the options. scores [V];
// `score > threshold`, strictly, as floats.
TagList select_tags(std::span<const int32_t> ranking, std::span<const float> scores, const MetricOptions& options);

}  // namespace tagloom

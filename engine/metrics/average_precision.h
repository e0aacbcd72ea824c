#pragma once
// Average precision of one ranking: of all pictures by a tag's score, or of all tags by a picture's scores.
#include <cstdint>
#include <optional>
#include <span>

#include "engine/metrics/metric_options.h"

namespace tagloom {

// With (tp_i, seen_i) after each rank i, or after each group of equal scores (Ties::kGrouped), P_i = tp_i / seen_i, R_i = tp_i / n+
// and n+ the number of true elements:
//   kNonInterpolated  sum_i (R_i - R_{i-1}) P_i
//   kVoc10            sum_i (R_i - R_{i-1}) max_{j >= i} P_j
//   kVoc07            1/11 sum over r = 0, .1 .. 1 of max_{R_i >= r} P_i, 0 for an r that is not reached

// scores [n], ranked from high to low; is_true [n], 0 or 1. Empty if no element is true.
std::optional<double> average_precision(std::span<const float> scores, std::span<const uint8_t> is_true, AveragePrecision kind,
                                        Ties ties);

// is_true [n]: 0 or 1, in the order of a ranking without ties. n+ = positives, which also counts true elements that are not ranked.
std::optional<double> average_precision_of_order(std::span<const uint8_t> is_true, int64_t positives, AveragePrecision kind);

}  // namespace tagloom

#pragma once
// Average precision of one ranking: of all pictures by a tag's score, or of all tags by a picture's scores.
#include <cstdint>
#include <optional>
#include <span>

#include "engine/metrics/metric_options.h"

namespace tagloom {

// scores [n], ranked from high to low; is_true [n], 0 or 1. Empty if no element is true.
//
// With (tp_i, seen_i) after each rank i (Ties::kIndex), or after each group of equal scores (Ties::kGrouped), P_i = tp_i / seen_i
// and R_i = tp_i / n+:
//   kNonInterpolated  sum_i (R_i - R_{i-1}) P_i
//   kVoc10            sum_i (R_i - R_{i-1}) max_{j >= i} P_j
//   kVoc07            1/11 sum over r = 0, .1 .. 1 of max_{R_i >= r} P_i
std::optional<double> average_precision(std::span<const float> scores, std::span<const uint8_t> is_true, AveragePrecision kind,
                                        Ties ties);

}  // namespace tagloom

#pragma once
// Computes precision-recall curves, and thins them for drawing.
//
// A threshold predicts the elements whose score is at least as high: precision = tp / (tp + fp), recall = tp / n+. The curve joins the
// points of all thresholds by straight lines, from the highest score down. Where recall does not change, the curve is vertical, and
// only the ends of that part are kept.
#include <cstdint>
#include <span>
#include <vector>

namespace tagloom {

struct PrecisionRecall {
  double recall = 0, precision = 0;
  float threshold = 0;  // the elements with a score of at least this are predicted
};

// scores [n] without NaN; is_true [n], 0 or 1. Memory O(n+), time O(n log n+). Empty if no element is true.
std::vector<PrecisionRecall> precision_recall_curve(std::span<const float> scores, std::span<const uint8_t> is_true);

// Thins the curve by Douglas and Peucker's method: every omitted point lies within `tolerance` of the remaining line, in units of recall
// and precision. Keeps both ends.
std::vector<PrecisionRecall> thinned(std::span<const PrecisionRecall> curve, double tolerance);

}  // namespace tagloom

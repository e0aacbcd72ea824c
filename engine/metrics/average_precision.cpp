// Sorts once, walks down the ranking, and walks back up for the envelopes.
#include "engine/metrics/average_precision.h"

#include <algorithm>
#include <vector>

#include "engine/selection/tag_selection.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

struct Point {
  int64_t correct;
  double precision;
};

double area(const std::vector<Point>& points) {
  double sum = 0;
  int64_t before = 0;
  for (const Point& point : points) {
    sum += static_cast<double>(point.correct - before) * point.precision;
    before = point.correct;
  }
  return sum / static_cast<double>(before);
}

double eleven_points(const std::vector<Point>& envelope) {
  const int64_t all = envelope.back().correct;
  double sum = 0;
  for (int64_t tenth = 0; tenth <= 10; ++tenth) {
    // Recall >= tenth / 10, in integers because 0.3 is not exact in binary.
    const auto reached = std::ranges::find_if(envelope, [&](const Point& p) { return 10 * p.correct >= tenth * all; });
    sum += reached->precision;
  }
  return sum / 11;
}

}  // namespace

std::optional<double> average_precision(std::span<const float> scores, std::span<const uint8_t> is_true, AveragePrecision kind,
                                        Ties ties) {
  TL_CHECK(scores.size() == is_true.size(), "[average_precision] {} scores, but {} labels", scores.size(), is_true.size());
  const TagList order = rank_by_score(scores, static_cast<int64_t>(scores.size()));
  std::vector<Point> points;
  int64_t correct = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    const auto at = static_cast<size_t>(order[i]);
    correct += is_true[at];
    const bool group_goes_on =
        ties == Ties::kGrouped && i + 1 < order.size() && scores[static_cast<size_t>(order[i + 1])] == scores[at];
    if (!group_goes_on) points.push_back({correct, static_cast<double>(correct) / static_cast<double>(i + 1)});
  }
  if (correct == 0) return std::nullopt;
  if (kind == AveragePrecision::kNonInterpolated) return area(points);
  for (size_t i = points.size(); i-- > 1;) {
    points[i - 1].precision = std::max(points[i - 1].precision, points[i].precision);
  }
  return kind == AveragePrecision::kVoc10 ? area(points) : eleven_points(points);
}

}  // namespace tagloom

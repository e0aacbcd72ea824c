// Walks down the ranking, and back up for the envelopes.
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

double area(const std::vector<Point>& points, int64_t positives) {
  double sum = 0;
  int64_t before = 0;
  for (const Point& point : points) {
    sum += static_cast<double>(point.correct - before) * point.precision;
    before = point.correct;
  }
  return sum / static_cast<double>(positives);
}

double eleven_points(const std::vector<Point>& envelope, int64_t positives) {
  double sum = 0;
  for (int64_t tenth = 0; tenth <= 10; ++tenth) {
    // Recall >= tenth / 10, in integers because 0.3 is not exact in binary.
    const auto reached = std::ranges::find_if(envelope, [&](const Point& p) { return 10 * p.correct >= tenth * positives; });
    if (reached != envelope.end()) sum += reached->precision;
  }
  return sum / 11;
}

// Walks down a ranking: is_true(i) tells whether rank i is true, ends_group(i) whether a group of ties ends there.
template <class IsTrue, class EndsGroup>
std::optional<double> precision_along(size_t count, IsTrue is_true, EndsGroup ends_group, int64_t positives,
                                      AveragePrecision kind) {
  if (positives == 0) return std::nullopt;
  std::vector<Point> points;
  int64_t correct = 0;
  for (size_t i = 0; i < count; ++i) {
    correct += is_true(i);
    if (ends_group(i)) points.push_back({correct, static_cast<double>(correct) / static_cast<double>(i + 1)});
  }
  if (kind == AveragePrecision::kNonInterpolated) return area(points, positives);
  for (size_t i = points.size(); i-- > 1;) {
    points[i - 1].precision = std::max(points[i - 1].precision, points[i].precision);
  }
  return kind == AveragePrecision::kVoc10 ? area(points, positives) : eleven_points(points, positives);
}

}  // namespace

std::optional<double> average_precision(std::span<const float> scores, std::span<const uint8_t> is_true, AveragePrecision kind,
                                        Ties ties) {
  TL_CHECK(scores.size() == is_true.size(), "[average_precision] {} scores, but {} labels", scores.size(), is_true.size());
  const TagList order = rank_by_score(scores, static_cast<int64_t>(scores.size()));
  const auto at = [&](size_t rank) { return static_cast<size_t>(order[rank]); };
  const auto ends_group = [&](size_t i) {
    return ties == Ties::kIndex || i + 1 == order.size() || scores[at(i + 1)] != scores[at(i)];
  };
  return precision_along(
      order.size(), [&](size_t i) { return is_true[at(i)]; }, ends_group, std::ranges::count(is_true, uint8_t{1}), kind);
}

std::optional<double> average_precision_of_order(std::span<const uint8_t> is_true, int64_t positives, AveragePrecision kind) {
  return precision_along(
      is_true.size(), [&](size_t i) { return is_true[i]; }, [](size_t) { return true; }, positives, kind);
}

}  // namespace tagloom

// Counts the false elements above each distinct score of a true element.
#include "engine/metrics/precision_recall.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "kernels/base/error.h"

namespace tagloom {
namespace {

double distance_to_segment(const PrecisionRecall& p, const PrecisionRecall& a, const PrecisionRecall& b) {
  const double dx = b.recall - a.recall, dy = b.precision - a.precision, length = dx * dx + dy * dy;
  const double x = p.recall - a.recall, y = p.precision - a.precision;
  const double along = length > 0 ? std::clamp((x * dx + y * dy) / length, 0.0, 1.0) : 0;
  return std::hypot(x - along * dx, y - along * dy);
}

}  // namespace

std::vector<PrecisionRecall> precision_recall_curve(std::span<const float> scores, std::span<const uint8_t> is_true) {
  TL_CHECK(scores.size() == is_true.size(), "[precision_recall] {} scores for {} elements", scores.size(), is_true.size());
  std::vector<float> levels;  // the scores of the true elements, descending
  for (size_t i = 0; i < scores.size(); ++i) {
    if (is_true[i]) levels.push_back(scores[i]);
  }
  if (levels.empty()) return {};
  std::sort(levels.begin(), levels.end(), std::greater<>());
  const auto positives = static_cast<double>(levels.size());

  std::vector<int64_t> true_at;  // true elements with a score of at least each distinct level
  std::vector<float> distinct;
  for (size_t i = 0; i < levels.size(); ++i) {
    if (i + 1 < levels.size() && levels[i + 1] == levels[i]) continue;
    distinct.push_back(levels[i]);
    true_at.push_back(static_cast<int64_t>(i) + 1);
  }
  // For the false elements below level k - 1: the number above level k, the number at it, and the lowest score above it.
  std::vector<int64_t> above(distinct.size() + 1, 0), at(distinct.size() + 1, 0);
  std::vector<float> lowest(distinct.size() + 1, 0);
  for (size_t i = 0; i < scores.size(); ++i) {
    if (is_true[i]) continue;
    const auto k = std::lower_bound(distinct.begin(), distinct.end(), scores[i], std::greater<>()) - distinct.begin();
    if (static_cast<size_t>(k) < distinct.size() && distinct[k] == scores[i]) {
      ++at[k];
    } else {
      lowest[k] = above[k] == 0 ? scores[i] : std::min(lowest[k], scores[i]);
      ++above[k];
    }
  }
  std::vector<PrecisionRecall> curve;
  int64_t wrong = 0, found = 0;
  const auto add = [&](float threshold) {
    curve.push_back(
        {static_cast<double>(found) / positives, static_cast<double>(found) / static_cast<double>(found + wrong), threshold});
  };
  for (size_t k = 0; k <= distinct.size(); ++k) {
    wrong += above[k];
    if (above[k] > 0) add(lowest[k]);
    if (k == distinct.size()) break;
    wrong += at[k];
    found = true_at[k];
    add(distinct[k]);
  }
  return curve;
}

std::vector<PrecisionRecall> thinned(std::span<const PrecisionRecall> curve, double tolerance) {
  if (curve.size() < 3) return {curve.begin(), curve.end()};
  std::vector<char> kept(curve.size(), 0);
  kept.front() = kept.back() = 1;
  std::vector<std::pair<size_t, size_t>> open{{0, curve.size() - 1}};
  while (!open.empty()) {
    const auto [first, last] = open.back();
    open.pop_back();
    double most = tolerance;
    size_t farthest = 0;
    for (size_t i = first + 1; i < last; ++i) {
      const double distance = distance_to_segment(curve[i], curve[first], curve[last]);
      if (distance > most) {
        most = distance;
        farthest = i;
      }
    }
    if (farthest == 0) continue;
    kept[farthest] = 1;
    open.emplace_back(first, farthest);
    open.emplace_back(farthest, last);
  }
  std::vector<PrecisionRecall> points;
  for (size_t i = 0; i < curve.size(); ++i) {
    if (kept[i]) points.push_back(curve[i]);
  }
  return points;
}

}  // namespace tagloom

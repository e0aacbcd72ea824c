// NDCG: gains by position in the true tags, discounts by rank.
#include "engine/metrics/ranked_metrics.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "kernels/base/error.h"

namespace tagloom {

TypicalPlaces::TypicalPlaces(std::span<const TagList> lists, int64_t tag_count) : places_(static_cast<size_t>(tag_count)) {
  for (const TagList& list : lists) {
    for (size_t i = 0; i < list.size(); ++i) {
      TL_CHECK_AS(ErrorKind::kData, list[i] >= 0 && list[i] < tag_count,
                  "[metrics] a training picture's list has tag {}, but there are {} tags", list[i], tag_count);
      places_[static_cast<size_t>(list[i])].push_back(static_cast<int64_t>(i) + 1);
    }
  }
  for (auto& places : places_) std::ranges::sort(places);
}

double TypicalPlaces::percentile(int32_t tag, int64_t place) const {
  if (static_cast<size_t>(tag) >= places_.size()) return 1;
  const std::vector<int64_t>& places = places_[static_cast<size_t>(tag)];
  const auto later = std::distance(std::ranges::lower_bound(places, place), places.end());
  return static_cast<double>(1 + later) / static_cast<double>(1 + places.size());
}

std::vector<double> relevance_of(std::span<const int32_t> truth, Relevance relevance, const TypicalPlaces& typical) {
  const auto count = static_cast<double>(truth.size());
  std::vector<double> s;
  s.reserve(truth.size());
  for (size_t i = 0; i < truth.size(); ++i) {
    const double r = static_cast<double>(i) + 1;
    switch (relevance) {
      case Relevance::kLinear:
        s.push_back((count - r + 1) / count);
        break;
      case Relevance::kBinary:
        s.push_back(1);
        break;
      case Relevance::kReciprocal:
        s.push_back(1 / r);
        break;
      case Relevance::kLogarithmic:
        s.push_back(1 / std::log2(1 + r));
        break;
      case Relevance::kInteger:
        s.push_back(count - r + 1);
        break;
      case Relevance::kPercentile:
        s.push_back(typical.percentile(truth[i], static_cast<int64_t>(i) + 1));
        break;
    }
  }
  return s;
}

RankedMetrics ranked_metrics(std::span<const int32_t> ranking, std::span<const int32_t> truth, std::span<const double> s) {
  TL_CHECK(!truth.empty() && truth.size() == s.size(), "[ranked_metrics] {} true tags with {} relevances", truth.size(),
           s.size());
  std::vector<double> ideal;
  for (const double value : s) ideal.push_back(std::exp2(value) - 1);
  std::ranges::sort(ideal, std::greater<>());

  RankedMetrics result;
  std::vector<bool> found(truth.size(), false);
  double dcg = 0, best_dcg = 0;
  int64_t correct = 0;
  for (size_t p = 0; p < static_cast<size_t>(kDeepestRank); ++p) {
    const double discount = std::log2(2 + static_cast<double>(p));
    if (p < ideal.size()) best_dcg += ideal[p] / discount;
    if (p < ranking.size()) {
      const auto place = static_cast<size_t>(std::distance(truth.begin(), std::ranges::find(truth, ranking[p])));
      if (place < truth.size() && !found[place]) {
        found[place] = true;
        dcg += (std::exp2(s[place]) - 1) / discount;
        ++correct;
      }
    }
    result.ndcg[p] = best_dcg > 0 ? dcg / best_dcg : 0;
    result.precision[p] = static_cast<double>(correct) / static_cast<double>(p + 1);
  }
  return result;
}

double mean_of(const std::array<double, kDeepestRank>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(kDeepestRank);
}

}  // namespace tagloom

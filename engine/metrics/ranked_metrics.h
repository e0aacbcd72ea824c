#pragma once
// How well a ranking of tags follows the order in which people gave them: NDCG and precision at k = 1 .. 10 (Yan, Wang and Liao
// 2016, equations 20 and 21).
//   DCG@k = sum_{p <= k} (2^s(p) - 1) / log2(1 + p)
//   NDCG@k = DCG@k / DCG@k of the best order of the picture's own tags
//   Precision@k = true tags among the first k, / k (even if the picture has fewer than k)
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/metrics/metric_options.h"
#include "engine/metrics/truth_table.h"

namespace tagloom {

inline constexpr int64_t kDeepestRank = 10;

// The positions at which each tag usually occurs, for Relevance::kPercentile.
class TypicalPlaces {
 public:
  TypicalPlaces() = default;
  TypicalPlaces(std::span<const TagList> lists, int64_t tag_count);
  // (1 + mentions of the tag at `place` or later) / (1 + its mentions); place counts from 1. 1 for an unseen tag.
  double percentile(int32_t tag, int64_t place) const;

 private:
  std::vector<std::vector<int64_t>> places_;  // [V], each ascending
};

// The relevance s of each true tag of a picture, in the order of the list.
std::vector<double> relevance_of(std::span<const int32_t> truth, Relevance relevance, const TypicalPlaces& typical);

struct RankedMetrics {
  std::array<double, kDeepestRank> ndcg{};       // [k - 1]
  std::array<double, kDeepestRank> precision{};  // [k - 1]
};

// For one picture with at least one true tag; s from relevance_of. If the ranking is shorter than 10, missing positions count as
// wrong. A repeated tag counts at its first position only.
RankedMetrics ranked_metrics(std::span<const int32_t> ranking, std::span<const int32_t> truth, std::span<const double> s);

double mean_of(const std::array<double, kDeepestRank>& values);

}  // namespace tagloom

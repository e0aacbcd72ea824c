#pragma once
// How well a ranking of tags follows the order in which people named them: NDCG and precision at k = 1 .. 10
// (Yan, Wang and Liao 2016, equations 20 and 21).
//   DCG@k = sum_{p <= k} (2^s(p) - 1) / log2(1 + p),  NDCG@k = DCG@k / DCG@k of the best order of the
//   picture's own tags Precision@k = right tags among the first k, / k   (also where the picture has fewer
//   than k)
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/metrics/metric_options.h"
#include "engine/metrics/truth_table.h"

namespace tagloom {

inline constexpr int64_t kDeepestRank = 10;

// At which places each tag is usually named: what Relevance::kPercentile compares with.
class TypicalPlaces {
 public:
  TypicalPlaces() = default;
  TypicalPlaces(std::span<const TagList> lists, int64_t tag_count);
  // (1 + mentions of the tag at `place` or later) / (1 + its mentions); place counts from 1. 1 for a tag
  // never seen.
  double percentile(int32_t tag, int64_t place) const;

 private:
  std::vector<std::vector<int64_t>> places_;  // [V], each ascending
};

// s of each true tag of a picture, in the order of the list.
std::vector<double> relevance_of(std::span<const int32_t> truth, Relevance relevance, const TypicalPlaces& typical);

struct RankedMetrics {
  std::array<double, kDeepestRank> ndcg{};       // [k - 1]
  std::array<double, kDeepestRank> precision{};  // [k - 1]
};

// Of one picture with at least one true tag; s as relevance_of gives it. The ranking may be shorter than 10:
// the places it lacks hold nothing right. A tag that stands in it twice counts at its first place only.
RankedMetrics ranked_metrics(std::span<const int32_t> ranking, std::span<const int32_t> truth, std::span<const double> s);

double mean_of(const std::array<double, kDeepestRank>& values);

}  // namespace tagloom

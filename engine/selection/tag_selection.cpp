// Sorts by (score descending, tag ascending): a total order, so the result is the same on every machine.
#include "engine/selection/tag_selection.h"

#include <algorithm>
#include <numeric>

#include "kernels/base/error.h"

namespace tagloom {

TagList rank_by_score(std::span<const float> scores, int64_t count) {
  TagList order(scores.size());
  std::iota(order.begin(), order.end(), 0);
  const auto kept = std::min(std::max<int64_t>(count, 0), static_cast<int64_t>(order.size()));
  std::partial_sort(order.begin(), order.begin() + kept, order.end(), [scores](int32_t a, int32_t b) {
    const float a_score = scores[static_cast<size_t>(a)], b_score = scores[static_cast<size_t>(b)];
    return a_score != b_score ? a_score > b_score : a < b;
  });
  order.resize(static_cast<size_t>(kept));
  return order;
}

TagList select_tags(std::span<const int32_t> ranking, std::span<const float> scores, const SelectionRule& rule) {
  if (rule.top_k) {
    TL_CHECK(*rule.top_k >= 1, "[select_tags] top_k must be at least 1, got {}", *rule.top_k);
    ranking = ranking.first(std::min(ranking.size(), static_cast<size_t>(*rule.top_k)));
  }
  TagList chosen(ranking.begin(), ranking.end());
  if (!rule.threshold) return chosen;
  const std::vector<float>& own = rule.tag_thresholds;
  TL_CHECK(own.empty() || own.size() == scores.size(), "[select_tags] {} thresholds for {} tags", own.size(), scores.size());
  const float limit = static_cast<float>(*rule.threshold);  // a score of 0.3f is not above a threshold of 0.3
  std::erase_if(chosen, [&](int32_t tag) {
    const auto at = static_cast<size_t>(tag);
    return !(scores[at] > (own.empty() ? limit : own[at]));
  });
  return chosen;
}

TagList given_tags(const Predictions& predictions, int64_t i, const SelectionRule& rule) {
  const std::span<const float> scores = std::span(predictions.scores).subspan(i * predictions.tag_count, predictions.tag_count);
  return select_tags(predictions.ranking.empty() ? rank_by_score(scores, predictions.tag_count) : predictions.ranking[i], scores,
                     rule);
}

}  // namespace tagloom

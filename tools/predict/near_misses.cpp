#include "tools/predict/near_misses.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tagloom {

NearMisses near_misses(std::span<const int32_t> ranking, std::span<const float> scores, const SelectionRule& rule,
                       int64_t count) {
  const TagList given = select_tags(ranking, scores, rule);
  NearMisses near{.margin = std::numeric_limits<double>::infinity()};
  float lowest = std::numeric_limits<float>::infinity(), highest = -lowest;
  for (const int32_t tag : ranking) {
    const float score = scores[static_cast<size_t>(tag)];
    const bool own = !rule.tag_thresholds.empty();
    if (own || rule.threshold) {
      const double threshold = own ? rule.tag_thresholds[static_cast<size_t>(tag)] : *rule.threshold;
      near.margin = std::min(near.margin, std::abs(score - threshold));
    }
    if (std::find(given.begin(), given.end(), tag) != given.end()) {
      lowest = std::min(lowest, score);
    } else {
      highest = std::max(highest, score);
      if (static_cast<int64_t>(near.runners_up.size()) < count) near.runners_up.push_back(tag);
    }
  }
  const bool full = rule.top_k && static_cast<int64_t>(given.size()) == *rule.top_k && given.size() < ranking.size();
  if (full) near.margin = std::min(near.margin, std::max(0.0, static_cast<double>(lowest) - highest));
  return near;
}

}  // namespace tagloom

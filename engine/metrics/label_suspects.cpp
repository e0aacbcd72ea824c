// Computes each tag's two mean scores, then compares every score with them.
#include "engine/metrics/label_suspects.h"

#include <algorithm>
#include <cmath>

#include "kernels/base/error.h"

namespace tagloom {

LabelSuspects label_suspects(std::span<const float> scores, std::span<const TagList> truth, int64_t tag_count) {
  const auto pictures = static_cast<int64_t>(truth.size());
  TL_CHECK(static_cast<int64_t>(scores.size()) == pictures * tag_count, "[label_suspects] {} scores for {} pictures and {} tags",
           scores.size(), pictures, tag_count);
  std::vector<double> with(tag_count, 0), without(tag_count, 0);  // sums, then means
  std::vector<int64_t> having(tag_count, 0);
  std::vector<char> has(tag_count, 0);
  const auto for_each_picture = [&](const auto& visit) {
    for (int64_t i = 0; i < pictures; ++i) {
      for (const int32_t tag : truth[i]) has[tag] = 1;
      for (int32_t tag = 0; tag < tag_count; ++tag) visit(i, tag, scores[i * tag_count + tag]);
      for (const int32_t tag : truth[i]) has[tag] = 0;
    }
  };
  for_each_picture([&](int64_t, int32_t tag, float score) {
    (has[tag] ? with : without)[tag] += score;
    having[tag] += has[tag];
  });
  LabelSuspects found;
  std::vector<char> judged(tag_count, 0);
  for (int64_t tag = 0; tag < tag_count; ++tag) {
    with[tag] /= static_cast<double>(having[tag]);
    without[tag] /= static_cast<double>(pictures - having[tag]);
    judged[tag] = with[tag] > without[tag];  // false if either is 0/0
    found.tags_judged += judged[tag];
  }
  for_each_picture([&](int64_t i, int32_t tag, float score) {
    if (!judged[tag] || (has[tag] ? score > without[tag] : score < with[tag])) return;
    found.suspects.push_back({i, tag, has[tag] == 0, score, has[tag] ? without[tag] : with[tag],
                              std::abs(2 * double{score} - with[tag] - without[tag])});
  });
  std::stable_sort(found.suspects.begin(), found.suspects.end(),
                   [](const LabelSuspect& a, const LabelSuspect& b) { return a.margin > b.margin; });
  return found;
}

}  // namespace tagloom

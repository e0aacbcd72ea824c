#include "models/decoding/tag_statistics.h"

namespace tagloom {

TagStatistics tag_statistics(const Vocabulary& vocabulary) {
  return {vocabulary.names(), std::vector<int64_t>(vocabulary.size(), 0)};
}

TagStatistics tag_statistics(const Dataset& train) { return {train.vocabulary().names(), train.tag_counts()}; }

TagStatistics numbered_tags(int64_t count) {
  TagStatistics tags;
  for (int64_t tag = 0; tag < count; ++tag) tags.names.push_back(std::to_string(tag));
  tags.counts.assign(count, 0);
  return tags;
}

}  // namespace tagloom

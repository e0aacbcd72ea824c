#pragma once
// What is known of the tags before a tagger is made: their names, and how often each occurs in the training pictures. Orders of tags,
// and the scores of neighbours, are made from it.
#include <cstdint>
#include <string>
#include <vector>

namespace tagloom {

struct TagStatistics {
  std::vector<std::string> names;  // in the vocabulary's order
  std::vector<int64_t> counts;     // training pictures that carry it; all 0 where only a checkpoint is read
  int64_t size() const { return static_cast<int64_t>(names.size()); }
};

// V tags named "0", "1" ..., never seen.
inline TagStatistics numbered_tags(int64_t count) {
  TagStatistics tags;
  for (int64_t tag = 0; tag < count; ++tag) tags.names.push_back(std::to_string(tag));
  tags.counts.assign(count, 0);
  return tags;
}

}  // namespace tagloom

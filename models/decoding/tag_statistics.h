#pragma once
// The names of the tags and how often each occurs in the training pictures: the orders in which sequence models name tags, and
// the scores of neighbours, depend on both.
#include <cstdint>
#include <string>
#include <vector>

#include "engine/data/dataset.h"

namespace tagloom {

struct TagStatistics {
  std::vector<std::string> names;  // in the vocabulary's order
  std::vector<int64_t> counts;     // training pictures with the tag; all 0 when a checkpoint is loaded
  int64_t size() const { return static_cast<int64_t>(names.size()); }
};

TagStatistics tag_statistics(const Vocabulary& vocabulary);  // to load a checkpoint: no counts
TagStatistics tag_statistics(const Dataset& train);
TagStatistics numbered_tags(int64_t count);  // named "0", "1" ..., with counts of 0

}  // namespace tagloom

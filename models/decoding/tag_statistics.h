#pragma once
// What a tagger is made from: the names of the tags, and how often each occurs in the training pictures. The orders in which tags are
// named, and the scores of neighbours, depend on it.
#include <cstdint>
#include <string>
#include <vector>

#include "engine/data/dataset.h"

namespace tagloom {

struct TagStatistics {
  std::vector<std::string> names;  // in the vocabulary's order
  std::vector<int64_t> counts;     // training pictures that carry it; all 0 where only a checkpoint is read
  int64_t size() const { return static_cast<int64_t>(names.size()); }
};

TagStatistics tag_statistics(const Vocabulary& vocabulary);  // to read a checkpoint: no counts
TagStatistics tag_statistics(const Dataset& train);
TagStatistics numbered_tags(int64_t count);  // named "0", "1" ..., never seen

}  // namespace tagloom

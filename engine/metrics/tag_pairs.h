#pragma once
// Counts pairs of tags: which occur together in pictures, and which are predicted where another one is missed.
#include <cstdint>
#include <span>
#include <vector>

#include "engine/selection/predictions.h"

namespace tagloom {

struct TagPairs {
  std::vector<int32_t> rows = {}, columns = {};  // tags
  std::vector<int64_t> counts = {};              // [rows,columns], pictures
  std::vector<int64_t> pictures = {};            // [rows], the denominators of the counts
  std::vector<int64_t> none = {};                // confusion() only: [rows], pictures counted in no column
  int64_t count(size_t row, size_t column) const { return counts[row * columns.size() + column]; }
};

// truth: the true tags of each picture, each once. Rows and columns are the `most` most frequent tags, most frequent first (ties: the
// lower tag). A count is the number of pictures with both tags, `pictures` the number with the row's tag.
TagPairs co_occurrence(std::span<const TagList> truth, int64_t tag_count, int64_t most);

// A picture counts for row a and column b if a is true and not predicted (missed), and b predicted and not true (wrong). These are
// categories 1 and 3 of the multi-label confusion matrix of Heydarian, Doyle and Samavi (MLCM, IEEE Access 10, 2022): each missed
// tag of a picture is counted against each of its wrong ones, and against "no predicted label" (`none`) if it has no wrong one. A
// picture without missed tags is not counted. The rows are the `most` tags missed most often, `pictures` the number of pictures where
// the row's tag is missed; the columns are the `most` tags most often wrong in pictures with a missed tag.
TagPairs confusion(std::span<const TagList> truth, std::span<const TagList> predicted, int64_t tag_count, int64_t most);

}  // namespace tagloom

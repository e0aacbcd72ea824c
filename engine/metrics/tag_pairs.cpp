// Makes two passes over the pictures: one counts single tags to choose rows and columns, one counts the pairs.
#include "engine/metrics/tag_pairs.h"

#include <algorithm>
#include <functional>
#include <numeric>

#include "kernels/base/error.h"

namespace tagloom {
namespace {

// The `most` tags with the highest counts above 0.
std::vector<int32_t> most_frequent(const std::vector<int64_t>& counts, int64_t most) {
  std::vector<int32_t> tags(counts.size());
  std::iota(tags.begin(), tags.end(), 0);
  std::erase_if(tags, [&](int32_t tag) { return counts[tag] == 0; });
  std::stable_sort(tags.begin(), tags.end(), [&](int32_t a, int32_t b) { return counts[a] > counts[b]; });
  tags.resize(std::min<size_t>(tags.size(), static_cast<size_t>(most)));
  return tags;
}

std::vector<int32_t> places_of(const std::vector<int32_t>& tags, int64_t tag_count) {
  std::vector<int32_t> places(tag_count, -1);
  for (size_t i = 0; i < tags.size(); ++i) places[tags[i]] = static_cast<int32_t>(i);
  return places;
}

TagList without(const TagList& tags, const TagList& others) {
  TagList rest;
  for (const int32_t tag : tags) {
    if (std::find(others.begin(), others.end(), tag) == others.end()) rest.push_back(tag);
  }
  return rest;
}

using PairLists = std::function<void(size_t picture, TagList& of_rows, TagList& of_columns)>;

// `lists` returns the tags of a picture that count as rows and as columns.
TagPairs count_pairs(size_t pictures, int64_t tag_count, int64_t most, const PairLists& lists) {
  std::vector<int64_t> row_counts(tag_count, 0), column_counts(tag_count, 0);
  TagList of_rows, of_columns;
  for (size_t i = 0; i < pictures; ++i) {
    lists(i, of_rows, of_columns);
    for (const int32_t tag : of_rows) ++row_counts[tag];
    if (of_rows.empty()) continue;
    for (const int32_t tag : of_columns) ++column_counts[tag];
  }
  TagPairs pairs{.rows = most_frequent(row_counts, most), .columns = most_frequent(column_counts, most)};
  pairs.counts.assign(pairs.rows.size() * pairs.columns.size(), 0);
  pairs.none.assign(pairs.rows.size(), 0);
  for (const int32_t tag : pairs.rows) pairs.pictures.push_back(row_counts[tag]);
  const std::vector<int32_t> row_of = places_of(pairs.rows, tag_count), column_of = places_of(pairs.columns, tag_count);
  for (size_t i = 0; i < pictures; ++i) {
    lists(i, of_rows, of_columns);
    for (const int32_t a : of_rows) {
      if (row_of[a] < 0) continue;
      if (of_columns.empty()) ++pairs.none[row_of[a]];
      for (const int32_t b : of_columns) {
        if (column_of[b] >= 0) ++pairs.counts[row_of[a] * pairs.columns.size() + column_of[b]];
      }
    }
  }
  return pairs;
}

}  // namespace

TagPairs co_occurrence(std::span<const TagList> truth, int64_t tag_count, int64_t most) {
  return count_pairs(truth.size(), tag_count, most,
                     [&](size_t i, TagList& rows, TagList& columns) { rows = columns = truth[i]; });
}

TagPairs confusion(std::span<const TagList> truth, std::span<const TagList> predicted, int64_t tag_count, int64_t most) {
  TL_CHECK(truth.size() == predicted.size(), "[confusion] {} pictures with true tags and {} with predicted ones", truth.size(),
           predicted.size());
  return count_pairs(truth.size(), tag_count, most, [&](size_t i, TagList& rows, TagList& columns) {
    rows = without(truth[i], predicted[i]);
    columns = without(predicted[i], truth[i]);
  });
}

}  // namespace tagloom

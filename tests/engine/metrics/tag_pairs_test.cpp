// Compares the counts of tag pairs with a hand-counted example and, for random pictures, with counting each cell separately.
#include "engine/metrics/tag_pairs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace tagloom {
namespace {

using testing::ElementsAre;

bool contains(const TagList& tags, int32_t tag) { return std::count(tags.begin(), tags.end(), tag) > 0; }

// Tags: 0 sky, 1 sea, 2 boat, 3 cat.
TEST(TagPairs, CountsCoOccurringTags) {
  const std::vector<TagList> truth{{0, 1}, {1, 0, 2}, {1}, {}};
  const TagPairs pairs = co_occurrence(truth, 4, 30);
  EXPECT_THAT(pairs.rows, ElementsAre(1, 0, 2));
  EXPECT_THAT(pairs.columns, ElementsAre(1, 0, 2));
  EXPECT_THAT(pairs.pictures, ElementsAre(3, 2, 1));
  EXPECT_THAT(pairs.counts, ElementsAre(3, 2, 1, 2, 2, 1, 1, 1, 1));
  EXPECT_THAT(co_occurrence(truth, 4, 2).counts, ElementsAre(3, 2, 2, 2));
}

TEST(TagPairs, CountsWrongTagsWhereOneIsMissed) {
  const std::vector<TagList> truth{{0, 1}, {0, 2}, {0}, {1}, {2}};
  const std::vector<TagList> predicted{{0, 3}, {3, 1}, {}, {1, 3}, {1}};
  // Missed tags by picture: 1; 0 and 2; 0, with no wrong tag; none; 2.
  const TagPairs pairs = confusion(truth, predicted, 4, 30);
  EXPECT_THAT(pairs.rows, ElementsAre(0, 2, 1));
  EXPECT_THAT(pairs.columns, ElementsAre(1, 3));
  EXPECT_THAT(pairs.pictures, ElementsAre(2, 2, 1));
  EXPECT_THAT(pairs.none, ElementsAre(1, 0, 0));
  EXPECT_THAT(pairs.counts, ElementsAre(1, 1, 2, 1, 0, 1));
}

TEST(TagPairs, MatchesCountingEachCell) {
  std::mt19937 random(3);
  const int32_t tags = 9;
  std::vector<TagList> truth(300), predicted(300);
  for (auto* lists : {&truth, &predicted}) {
    for (TagList& list : *lists) {
      for (int32_t tag = 0; tag < tags; ++tag) {
        if (random() % (3 + static_cast<uint32_t>(tag)) == 0) list.push_back(tag);
      }
    }
  }
  const TagPairs together = co_occurrence(truth, tags, 5), confused = confusion(truth, predicted, tags, 5);
  ASSERT_EQ(together.rows.size(), 5u);
  ASSERT_EQ(confused.rows.size(), 5u);
  const auto pictures = [&](const auto& matches) {
    int64_t count = 0;
    for (size_t i = 0; i < truth.size(); ++i) count += matches(truth[i], predicted[i]);
    return count;
  };
  const auto missed = [](const TagList& t, const TagList& p, int32_t a) { return contains(t, a) && !contains(p, a); };
  for (size_t r = 0; r < 5; ++r) {
    for (size_t c = 0; c < 5; ++c) {
      const int32_t a = together.rows[r], b = together.columns[c], x = confused.rows[r], y = confused.columns[c];
      EXPECT_EQ(together.count(r, c),
                pictures([&](const TagList& t, const TagList&) { return contains(t, a) && contains(t, b); }));
      EXPECT_EQ(confused.count(r, c),
                pictures([&](const TagList& t, const TagList& p) { return missed(t, p, x) && missed(p, t, y); }));
    }
    const int32_t x = confused.rows[r];
    EXPECT_EQ(confused.pictures[r], pictures([&](const TagList& t, const TagList& p) { return missed(t, p, x); }));
    EXPECT_EQ(confused.none[r], pictures([&](const TagList& t, const TagList& p) {
                return missed(t, p, x) && std::none_of(p.begin(), p.end(), [&](int32_t b) { return !contains(t, b); });
              }));
    if (r > 0) {
      EXPECT_GE(confused.pictures[r - 1], confused.pictures[r]);
    }
  }
}

}  // namespace
}  // namespace tagloom

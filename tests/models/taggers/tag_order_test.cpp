// Tests the orders in which sequence models name tags.
#include "models/decoding/tag_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace tagloom {
namespace {

using Tags = std::vector<int32_t>;

// Counts 5 2 9 2 5; in bytes "Zoo" < "bear" < "sea" < "sky" < "étoile", whose first byte is 0xC3.
const TagStatistics kTags{{"sky", "\xC3\xA9toile", "sea", "Zoo", "bear"}, {5, 2, 9, 2, 5}};

Tags all_in(SequenceOrder order) { return TagOrderer(order, kTags).ordered({4, 3, 1, 0, 2}); }

TEST(TagOrder, GivenKeepsTheOrder) { EXPECT_EQ(all_in(SequenceOrder::kGiven), (Tags{4, 3, 1, 0, 2})); }

TEST(TagOrder, FrequentFirstWithTiesInTheVocabularysOrder) { EXPECT_EQ(all_in(SequenceOrder::kFrequent), (Tags{2, 0, 4, 1, 3})); }

TEST(TagOrder, RareFirstWithTiesInTheVocabularysOrder) { EXPECT_EQ(all_in(SequenceOrder::kRare), (Tags{1, 3, 0, 4, 2})); }

TEST(TagOrder, RareReversedIsFrequentFirstWithTiesBackwards) {
  EXPECT_EQ(all_in(SequenceOrder::kRareReversed), (Tags{2, 4, 0, 3, 1}));
}

TEST(TagOrder, LexicographicIsByBytes) { EXPECT_EQ(all_in(SequenceOrder::kLexicographic), (Tags{3, 4, 2, 0, 1})); }

TEST(TagOrder, DictionaryIsByNumber) { EXPECT_EQ(all_in(SequenceOrder::kDictionary), (Tags{0, 1, 2, 3, 4})); }

TEST(TagOrder, OrdersASubsetOfTags) {
  EXPECT_EQ(TagOrderer(SequenceOrder::kFrequent, kTags).ordered({3, 2}), (Tags{2, 3}));
  EXPECT_EQ(TagOrderer(SequenceOrder::kRare, kTags).ordered({}), Tags{});
}

TEST(TagOrder, RandomDependsOnlyOnKeyAndPicture) {
  const TagOrderer orderer(SequenceOrder::kRandom, kTags);
  const RandomKey first{7, 1}, second{7, 2};
  const std::vector<Tags> both{{4, 3, 1, 0, 2}, {4, 3, 1, 0, 2}};
  const std::vector<Tags> a = orderer.ordered(both, {10, 11}, first);
  EXPECT_NE(a[0], a[1]);
  EXPECT_EQ(orderer.ordered(both, {11, 10}, first), (std::vector<Tags>{a[1], a[0]}));  // the same picture at another place
  EXPECT_NE(orderer.ordered(both, {10, 11}, second), a);
  EXPECT_TRUE(std::is_permutation(a[0].begin(), a[0].end(), both[0].begin()));
}

TEST(TagOrder, RandomReachesEveryOrder) {
  const TagOrderer orderer(SequenceOrder::kRandom, kTags);
  std::set<Tags> seen;
  for (uint64_t stream = 0; stream < 200; ++stream) seen.insert(orderer.ordered({0, 1, 2}, {1, stream}));
  EXPECT_EQ(seen.size(), 6u);
}

}  // namespace
}  // namespace tagloom

// Compares margins and runners-up with values worked out by hand.
#include "tools/predict/near_misses.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tagloom {
namespace {

constexpr float kScores[] = {0.5f, 0.875f, 0.125f, 0.25f};

NearMisses near(const SelectionRule& rule, int64_t count = 2, const TagList& ranking = {1, 0, 3, 2}) {
  return near_misses(ranking, kScores, rule, count);
}

TEST(NearMisses, ThresholdMarginIsTheDistanceOfTheClosestScore) {
  EXPECT_EQ(near({.threshold = 0.3125}).margin, 0.0625);  // of tag 3; tag 0 is 0.1875 above
  EXPECT_EQ(near({.threshold = 0.3125}).runners_up, (TagList{3, 2}));
  EXPECT_EQ(near({.tag_thresholds = {0.5625f, 0.5f, 0.5f, 0.5f}}).margin, 0.0625);  // of tag 0
}

TEST(NearMisses, MarginOfTopKIsTheDifferenceToTheNext) {
  EXPECT_EQ(near({.top_k = 1}).margin, 0.375);
  EXPECT_EQ(near({.top_k = 2}).margin, 0.25);
  EXPECT_EQ(near({.top_k = 2, .threshold = 0.0625}).margin, 0.0625);  // the threshold is closer
  EXPECT_EQ(near({.top_k = 2, .threshold = 0.375}).margin, 0.125);    // both are 0.125 away from the threshold
  EXPECT_EQ(near({.top_k = 2}).runners_up, (TagList{3, 2}));
  EXPECT_EQ(near({.top_k = 1}, 1).runners_up, TagList{0});
}

TEST(NearMisses, FollowsTheRankingOfADecoder) {
  const NearMisses picture = near({.top_k = 2}, 2, {2, 0, 3, 1});  // predicts 2 and 0
  EXPECT_EQ(picture.margin, 0);
  EXPECT_EQ(picture.runners_up, (TagList{3, 1}));
}

TEST(NearMisses, IgnoresTagsOutsideTheRanking) { EXPECT_EQ(near({.top_k = 1}, 2, {1, 2}).margin, 0.75); }

TEST(NearMisses, AreNoneIfAllTagsArePredicted) {
  EXPECT_EQ(near({.top_k = 4}).runners_up, TagList{});
  EXPECT_FALSE(std::isfinite(near({.top_k = 4}).margin));
}

}  // namespace
}  // namespace tagloom

// Rankings, and selection by top k and thresholds.
#include "engine/selection/tag_selection.h"

#include <gtest/gtest.h>

#include "tests/support/expect_error.h"

namespace tagloom {
namespace {

TEST(TagSelection, SelectsByTopKThresholdOrBoth) {
  const std::vector<float> scores = {.5f, .9f, .3f, .9f, .6f};
  const TagList ranking = rank_by_score(scores, 5);
  EXPECT_EQ(ranking, (TagList{1, 3, 4, 0, 2}));
  EXPECT_EQ(rank_by_score(scores, 2), (TagList{1, 3}));
  EXPECT_EQ(rank_by_score(scores, 9).size(), 5u);
  EXPECT_EQ(select_tags(ranking, scores, {.top_k = 4}), (TagList{1, 3, 4, 0}));
  EXPECT_EQ(select_tags(ranking, scores, {.top_k = 9}).size(), 5u);
  EXPECT_EQ(select_tags(ranking, scores, {.threshold = .5}), (TagList{1, 3, 4}));     // .5 is not above .5
  EXPECT_EQ(select_tags(ranking, scores, {.threshold = .3}), (TagList{1, 3, 4, 0}));  // nor is .3f above .3
  EXPECT_EQ(select_tags(ranking, scores, {.top_k = 2, .threshold = .5}), (TagList{1, 3}));
  EXPECT_EQ(select_tags(ranking, scores, {.top_k = 5, .threshold = .5}), (TagList{1, 3, 4}));
  EXPECT_ERROR(kUsage, "top_k must be at least 1, got 0", select_tags(ranking, scores, {.top_k = 0}));
}

TEST(TagSelection, EachTagHasItsOwnThreshold) {
  const TagList ranking{2, 0, 1};
  const std::vector<float> scores{.6f, .2f, .8f};
  SelectionRule rule{.threshold = .5};
  EXPECT_EQ(select_tags(ranking, scores, rule), (TagList{2, 0}));
  rule.tag_thresholds = {.6f, .1f, .5f};  // .6 is not above .6
  EXPECT_EQ(select_tags(ranking, scores, rule), (TagList{2, 1}));
  rule.top_k = 2;
  EXPECT_EQ(select_tags(ranking, scores, rule), (TagList{2}));
  rule.tag_thresholds = {.5f};
  EXPECT_ERROR(kUsage, "1 thresholds for 3 tags", select_tags(ranking, scores, rule));
}

TEST(TagSelection, PrefersTheDecodersRanking) {
  Predictions predictions;
  predictions.tag_count = 3;
  predictions.scores = {.1f, .7f, .6f, .9f, .2f, .8f};
  EXPECT_EQ(given_tags(predictions, 0, {.top_k = 2}), (TagList{1, 2}));
  EXPECT_EQ(given_tags(predictions, 1, {.threshold = .5}), (TagList{0, 2}));
  predictions.ranking = {{0, 1, 2}, {2, 1, 0}};
  EXPECT_EQ(given_tags(predictions, 0, {.top_k = 2}), (TagList{0, 1}));
  EXPECT_EQ(given_tags(predictions, 1, {.threshold = .5}), (TagList{2, 0}));
}

}  // namespace
}  // namespace tagloom

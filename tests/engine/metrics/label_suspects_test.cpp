// Compares probable label errors with cleanlab's confident joint and their order with its definition, and finds planted errors.
#include "engine/metrics/label_suspects.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "tests/support/golden.h"
#include "tests/support/seeded_values.h"

namespace tagloom {
namespace {

constexpr int64_t kPictures = 60, kTags = 6, kCells = kPictures * kTags;

struct SuspectCase {
  std::vector<float> scores;
  std::vector<TagList> truth{kPictures};
  std::set<std::pair<int64_t, int32_t>> flipped;
};

SuspectCase suspect_case() {
  const std::vector<float> u = test::seeded_uniform("suspects", 3 * kCells);
  SuspectCase made;
  for (int64_t i = 0; i < kCells; ++i) {
    const auto tag = static_cast<int32_t>(i % kTags);
    const bool real = u[i] < 0.2f + 0.1f * static_cast<float>(tag), flips = u[2 * kCells + i] < 0.08f;
    made.scores.push_back(real ? 0.75f * u[kCells + i] + 0.25f : 0.6f * u[kCells + i]);
    if (real != flips) made.truth[i / kTags].push_back(tag);
    if (flips) made.flipped.emplace(i / kTags, tag);
  }
  return made;
}

TEST(LabelSuspects, MatchCleanlab) {
  const test::Golden golden("confident_learning_golden.txt");
  const SuspectCase one = suspect_case();
  const LabelSuspects found = label_suspects(one.scores, one.truth, kTags);
  EXPECT_EQ(found.tags_judged, kTags);
  size_t expected = 0;
  for (int32_t tag = 0; tag < kTags; ++tag) {
    for (const bool missing : {false, true}) {
      std::vector<int64_t> pictures;
      for (const LabelSuspect& suspect : found.suspects) {
        if (suspect.tag == tag && suspect.missing == missing) pictures.push_back(suspect.picture);
      }
      std::sort(pictures.begin(), pictures.end());
      EXPECT_EQ(pictures, golden.get<int64_t>(std::to_string(tag) + (missing ? ".missing" : ".wrong")));
      expected += pictures.size();
    }
  }
  EXPECT_EQ(found.suspects.size(), expected);
  EXPECT_GT(expected, 20u);
}

// Recomputes t and u from each tag's column.
TEST(LabelSuspects, AreRankedByMargin) {
  const SuspectCase one = suspect_case();
  const LabelSuspects found = label_suspects(one.scores, one.truth, kTags);
  for (size_t k = 0; k < found.suspects.size(); ++k) {
    const LabelSuspect& suspect = found.suspects[k];
    double sum[2] = {0, 0};
    int count[2] = {0, 0};
    for (int64_t i = 0; i < kPictures; ++i) {
      const bool has = std::count(one.truth[i].begin(), one.truth[i].end(), suspect.tag) > 0;
      sum[has] += one.scores[i * kTags + suspect.tag];
      ++count[has];
    }
    const double u = sum[0] / count[0], t = sum[1] / count[1];
    EXPECT_NEAR(suspect.usual, suspect.missing ? t : u, 1e-12);
    EXPECT_EQ(suspect.score, one.scores[suspect.picture * kTags + suspect.tag]);
    EXPECT_NEAR(suspect.margin, std::abs((suspect.score - t) - ((1.0 - suspect.score) - (1 - u))), 1e-12);
    if (k > 0) {
      EXPECT_GE(found.suspects[k - 1].margin, suspect.margin);
    }
  }
}

// With scores that separate the true labels, the planted errors rank first.
TEST(LabelSuspects, FindsPlantedErrorsFirst) {
  SuspectCase one = suspect_case();
  for (int64_t i = 0; i < kPictures; ++i) {
    for (int32_t tag = 0; tag < kTags; ++tag) {
      const bool has = std::count(one.truth[i].begin(), one.truth[i].end(), tag) > 0;
      const bool real = has != one.flipped.contains({i, tag});
      one.scores[i * kTags + tag] = (real ? 0.7f : 0.0f) + 0.3f * one.scores[i * kTags + tag];
    }
  }
  const LabelSuspects found = label_suspects(one.scores, one.truth, kTags);
  ASSERT_GE(found.suspects.size(), 15u);
  for (size_t k = 0; k < 15; ++k) {
    EXPECT_TRUE(one.flipped.contains({found.suspects[k].picture, found.suspects[k].tag})) << "rank " << k;
  }
}

TEST(LabelSuspects, SkipTagsThatScoresDoNotSeparate) {
  // Tag 0: every picture has it. Tag 1: none has it. Tag 2: the picture without it has the higher score.
  const std::vector<float> scores{0.9f, 0.9f, 0.1f, 0.1f, 0.9f, 0.9f};
  const LabelSuspects found = label_suspects(scores, std::vector<TagList>{{0, 2}, {0}}, 3);
  EXPECT_EQ(found.tags_judged, 0);
  EXPECT_TRUE(found.suspects.empty());
  EXPECT_TRUE(label_suspects({}, {}, 3).suspects.empty());
}

}  // namespace
}  // namespace tagloom

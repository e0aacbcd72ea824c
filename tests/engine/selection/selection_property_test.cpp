// Rankings, selection, thresholds and calibration: 10,000 random cases of each, with many equal scores, against brute force.
#include <gtest/gtest.h>
#include <omp.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "engine/selection/tag_decisions.h"
#include "engine/selection/tag_selection.h"

namespace tagloom {
namespace {

constexpr uint32_t kCases = 10'000;

class Random {
 public:
  explicit Random(uint32_t seed) : engine_(seed) {}
  int64_t below(int64_t n) { return static_cast<int64_t>(engine_() % static_cast<uint64_t>(n)); }
  // In [0, 1]; few different ones in most cases.
  std::vector<float> scores(int64_t count) {
    const int64_t levels = std::vector<int64_t>{1, 2, 5, 1 << 20}[static_cast<size_t>(below(4))];
    std::vector<float> values(static_cast<size_t>(count));
    for (float& value : values) value = static_cast<float>(below(levels + 1)) / static_cast<float>(levels);
    return values;
  }
  std::vector<uint8_t> flags(int64_t count) {
    const int64_t ones = below(5);  // of 4: none, some or all
    std::vector<uint8_t> values(static_cast<size_t>(count));
    for (uint8_t& value : values) value = below(4) < ones;
    return values;
  }
  TagList order(int64_t count) {
    TagList list(static_cast<size_t>(count));
    std::iota(list.begin(), list.end(), 0);
    std::shuffle(list.begin(), list.end(), engine_);
    return list;
  }

 private:
  std::mt19937 engine_;
};

TEST(SelectionProperty, EveryTagIsRankedAfterThoseThatBeatIt) {
  for (uint32_t seed = 0; seed < kCases; ++seed) {
    Random random(seed);
    const std::vector<float> scores = random.scores(1 + random.below(9));
    const auto tags = static_cast<int32_t>(scores.size());
    const int64_t count = random.below(tags + 2);
    const TagList ranking = rank_by_score(scores, count);
    ASSERT_EQ(static_cast<int64_t>(ranking.size()), std::min<int64_t>(count, tags)) << seed;
    for (int32_t tag = 0; tag < tags; ++tag) {
      int64_t place = 0;
      for (int32_t other = 0; other < tags; ++other) {
        place += scores[other] > scores[tag] || (scores[other] == scores[tag] && other < tag);
      }
      if (place < count) {
        ASSERT_EQ(ranking[place], tag) << seed;
      }
    }
  }
}

TEST(SelectionProperty, GivenTagsAreTheBestOnesAboveTheirThresholds) {
  for (uint32_t seed = 0; seed < kCases; ++seed) {
    Random random(seed);
    const int64_t pictures = 1 + random.below(3), tags = 1 + random.below(7);
    Predictions predictions;
    predictions.tag_count = tags;
    predictions.scores = random.scores(pictures * tags);
    if (random.below(2)) {
      for (int64_t i = 0; i < pictures; ++i) predictions.ranking.push_back(random.order(tags));
    }
    SelectionRule rule;
    if (random.below(3)) rule.top_k = 1 + random.below(tags + 1);
    if (random.below(3)) rule.threshold = static_cast<double>(random.below(6)) / 5;
    if (random.below(2)) rule.tag_thresholds = random.scores(tags);
    for (int64_t i = 0; i < pictures; ++i) {
      TagList expected;
      for (int64_t place = 0; place < tags && place < rule.top_k.value_or(tags); ++place) {
        for (int32_t tag = 0; tag < tags; ++tag) {
          const auto score = [&](int32_t t) { return predictions.scores[i * tags + t]; };
          int64_t before = 0;
          for (int32_t other = 0; other < tags; ++other) {
            before += score(other) > score(tag) || (score(other) == score(tag) && other < tag);
          }
          if (predictions.ranking.empty() ? before != place : predictions.ranking[i][place] != tag) continue;
          const float limit =
              rule.tag_thresholds.empty() ? static_cast<float>(rule.threshold.value_or(0)) : rule.tag_thresholds[tag];
          if (!rule.threshold || score(tag) > limit) expected.push_back(tag);
        }
      }
      ASSERT_EQ(given_tags(predictions, i, rule), expected) << "picture " << i << ", seed " << seed;
    }
  }
}

double f1_at(const std::vector<float>& scores, const std::vector<uint8_t>& truth, float threshold) {
  int64_t given = 0, correct = 0, positives = 0;
  for (size_t i = 0; i < scores.size(); ++i) {
    positives += truth[i];
    given += scores[i] > threshold;
    correct += scores[i] > threshold && truth[i];
  }
  return given + positives == 0 ? 0 : 2.0 * static_cast<double>(correct) / static_cast<double>(given + positives);
}

TEST(SelectionProperty, NoThresholdHasAHigherF1) {
  for (uint32_t seed = 0; seed < kCases; ++seed) {
    Random random(seed);
    const std::vector<float> scores = random.scores(1 + random.below(12));
    const std::vector<uint8_t> truth = random.flags(static_cast<int64_t>(scores.size()));
    const float found = fit_threshold(scores, truth, 0.375f);
    bool findable = false;
    for (size_t i = 0; i < scores.size(); ++i) findable |= truth[i] && scores[i] > 0;
    if (!findable) {
      ASSERT_EQ(found, 0.375f) << seed;
      continue;
    }
    const double best = f1_at(scores, truth, found);
    ASSERT_GE(found, 0) << seed;
    ASSERT_LE(f1_at(scores, truth, 0), best) << "threshold 0 instead of " << found << ", seed " << seed;
    for (const float score : scores) {
      const double f1 = f1_at(scores, truth, score);
      ASSERT_LE(f1, best) << "threshold " << score << " instead of " << found << ", seed " << seed;
      const bool selects_fewer = std::ranges::any_of(scores, [&](float s) { return s > found && s <= score; });
      if (selects_fewer) {
        ASSERT_LT(f1, best) << "the higher threshold " << score << ", seed " << seed;
      }
    }
    const auto above = [&](float score) { return score > found; };
    if (std::ranges::any_of(scores, above)) {
      float lowest = 1, highest = 0;
      for (const float score : scores)
        (above(score) ? lowest : highest) = above(score) ? std::min(lowest, score) : std::max(highest, score);
      ASSERT_FLOAT_EQ(found, (lowest + highest) / 2) << seed;
    }
  }
}

// The cost of Platt 1999 and its derivatives at a slope and an offset.
struct PlattCost {
  std::vector<double> z, target;
  PlattCost(const std::vector<float>& scores, const std::vector<uint8_t>& truth) {
    const auto positives = static_cast<double>(std::ranges::count(truth, 1));
    const double negatives = static_cast<double>(truth.size()) - positives;
    for (size_t i = 0; i < scores.size(); ++i) {
      const double p = std::min(std::max(double{scores[i]}, 1e-7), 1 - 1e-7);
      z.push_back(std::log(p) - std::log1p(-p));
      target.push_back(truth[i] ? (positives + 1) / (positives + 2) : 1 / (negatives + 2));
    }
  }
  double d_offset(double slope, double offset) const {
    double sum = 0;
    for (size_t i = 0; i < z.size(); ++i) sum += 1 / (1 + std::exp(-slope * z[i] - offset)) - target[i];
    return sum;
  }
  double d_slope(double slope, double offset) const {
    double sum = 0;
    for (size_t i = 0; i < z.size(); ++i) sum += z[i] * (1 / (1 + std::exp(-slope * z[i] - offset)) - target[i]);
    return sum;
  }
};

// The cost is convex, so a point without a slope is its minimum, and the best slope is positive where the cost falls at slope 0.
TEST(SelectionProperty, ProbabilitiesMaximiseTheLikelihood) {
  for (uint32_t seed = 0; seed < kCases; ++seed) {
    Random random(seed);
    const std::vector<float> scores = random.scores(1 + random.below(30));
    const std::vector<uint8_t> truth = random.flags(static_cast<int64_t>(scores.size()));
    TagDecision decision;
    fit_probability(scores, truth, decision);
    const PlattCost cost(scores, truth);
    const double target = std::accumulate(cost.target.begin(), cost.target.end(), 0.0) / static_cast<double>(scores.size());
    const double best_slope_sign = -cost.d_slope(0, std::log(target / (1 - target)));
    ASSERT_GT(decision.slope, 0) << seed;
    ASSERT_NEAR(cost.d_offset(decision.slope, decision.offset), 0, 1e-5) << seed;
    if (best_slope_sign > 1e-6) {
      ASSERT_NEAR(cost.d_slope(decision.slope, decision.offset), 0, 1e-4) << seed;
    } else if (best_slope_sign < -1e-6) {
      ASSERT_EQ(decision.slope, 1) << seed;
    }
    for (const float a : scores) {
      for (const float b : scores) {
        if (a > b) {
          ASSERT_GE(probability_of(decision, a), probability_of(decision, b)) << seed;
        }
      }
    }
  }
}

TEST(SelectionProperty, DecisionsAreTheSameBitsForOneToEightThreads) {
  const int threads = omp_get_max_threads();
  for (uint32_t seed = 0; seed < 50; ++seed) {
    Random random(seed);
    const int64_t pictures = 1 + random.below(20), tags = 1 + random.below(30);
    const std::vector<float> scores = random.scores(pictures * tags);
    std::vector<TagList> truth;
    for (int64_t i = 0; i < pictures; ++i) {
      truth.push_back(random.order(tags));
      truth.back().resize(static_cast<size_t>(random.below(tags + 1)));
    }
    const std::vector<std::string> names(static_cast<size_t>(tags), "tag");
    std::string one;
    for (int count = 1; count <= 8; ++count) {
      omp_set_num_threads(count);
      const std::string text =
          decisions_text(fit_decisions(scores, truth, tags, 0.5f), names, "weights");  // 17 digits: every bit
      if (count == 1) one = text;
      EXPECT_EQ(text, one) << count << " threads, seed " << seed;
    }
  }
  omp_set_num_threads(threads);
}

}  // namespace
}  // namespace tagloom

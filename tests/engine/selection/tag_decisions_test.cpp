// Thresholds against brute force, Platt's sigmoids against scikit-learn, and the round trip through their file.
#include "engine/selection/tag_decisions.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "kernels/base/warning.h"
#include "tests/support/expect_error.h"
#include "tests/support/golden.h"
#include "tests/support/temporary_folder.h"
#include "tools/bench/cases/random_array.h"

namespace tagloom {
namespace {

double f1_at(std::span<const float> scores, std::span<const uint8_t> truth, float threshold) {
  int64_t given = 0, correct = 0, positives = 0;
  for (size_t i = 0; i < scores.size(); ++i) {
    positives += truth[i];
    given += scores[i] > threshold;
    correct += scores[i] > threshold && truth[i];
  }
  return 2.0 * static_cast<double>(correct) / static_cast<double>(given + positives);
}

TEST(TagDecisions, ThresholdMaximisesF1) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    std::vector<float> scores = test::uniform_array<float>(50, seed);
    for (float& score : scores) score = std::round(score * 20) / 20;  // creates ties
    std::vector<uint8_t> truth = test::flag_array(50, seed, 0.2);
    truth[7] = 1;
    const float threshold = fit_threshold(scores, truth, 0.5f);
    double best = f1_at(scores, truth, -1);
    for (float score : scores) best = std::max(best, f1_at(scores, truth, score));
    EXPECT_DOUBLE_EQ(f1_at(scores, truth, threshold), best) << seed;
  }
}

TEST(TagDecisions, ThresholdIsHalfwayBetweenScores) {
  EXPECT_EQ(fit_threshold(std::vector<float>{.9f, .25f, .75f, .1f}, std::vector<uint8_t>{1, 0, 1, 0}, .5f), .5f);
  EXPECT_EQ(fit_threshold(std::vector<float>{.9f, .5f}, std::vector<uint8_t>{1, 1}, .3f), .25f);  // all are predicted
  EXPECT_EQ(fit_threshold(std::vector<float>{.9f, .5f}, std::vector<uint8_t>{0, 0}, .3f), .3f);   // no picture has the tag
  const float above = std::nextafter(.5f, 1.0f);                                                  // no float in between
  EXPECT_EQ(fit_threshold(std::vector<float>{above, .5f}, std::vector<uint8_t>{1, 0}, .3f), .5f);
}

TEST(TagDecisions, ProbabilitiesMatchScikitLearn) {
  const test::Golden golden("classifier_golden.txt");
  for (const std::string name : {"platt.0.", "platt.1.", "platt.2."}) {
    TagDecision decision;
    fit_probability(golden.get<float>(name + "score"), golden.get<uint8_t>(name + "truth"), decision);
    EXPECT_NEAR(decision.slope, golden.get<double>(name + "slope")[0], 2e-4) << name;  // L-BFGS stops early
    EXPECT_NEAR(decision.offset, golden.get<double>(name + "offset")[0], 2e-4) << name;
  }
}

// At the optimum, the sums of p and of p z equal the sums of the targets and of the targets times z.
TEST(TagDecisions, ProbabilitiesMaximiseTheLikelihood) {
  const std::vector<float> scores = test::uniform_array<float>(200, 3, 0.01, 0.99);
  std::vector<uint8_t> truth(200);
  for (size_t i = 0; i < 200; ++i) truth[i] = scores[i] + 0.3f * test::uniform_array<float>(200, 4)[i] > 0.8f;
  TagDecision decision;
  fit_probability(scores, truth, decision);
  const double positives = static_cast<double>(std::count(truth.begin(), truth.end(), 1)), negatives = 200 - positives;
  double error = 0, error_z = 0;
  for (size_t i = 0; i < 200; ++i) {
    const double z = std::log(scores[i] / (1.0 - scores[i]));
    const double target = truth[i] ? (positives + 1) / (positives + 2) : 1 / (negatives + 2);
    error += probability_of(decision, scores[i]) - target;
    error_z += (probability_of(decision, scores[i]) - target) * z;
  }
  EXPECT_GT(decision.slope, 0);
  EXPECT_NEAR(error, 0, 1e-3);
  EXPECT_NEAR(error_z, 0, 1e-3);
}

TEST(TagDecisions, SigmoidNeverReversesTheOrder) {
  TagDecision decision;
  fit_probability(std::vector<float>{.9f, .8f, .2f, .1f}, std::vector<uint8_t>{0, 0, 1, 1}, decision);
  EXPECT_EQ(decision.slope, 1);
  EXPECT_GT(probability_of(decision, .9f), probability_of(decision, .1f));
}

TEST(TagDecisions, FitsEachTagSeparately) {
  const std::vector<float> scores = test::uniform_array<float>(60, 3);
  const std::vector<TagList> truth{{0}, {1, 0}, {},  {2}, {0, 2}, {},  {0}, {}, {2, 1}, {},
                                   {},  {1},    {0}, {},  {},     {2}, {},  {}, {0},    {}};
  const TagDecisions decisions = fit_decisions(scores, truth, 3, .5f);
  for (int32_t tag = 0; tag < 3; ++tag) {
    std::vector<float> column;
    std::vector<uint8_t> carries;
    for (size_t i = 0; i < truth.size(); ++i) {
      column.push_back(scores[i * 3 + static_cast<size_t>(tag)]);
      carries.push_back(std::find(truth[i].begin(), truth[i].end(), tag) != truth[i].end());
    }
    TagDecision alone;
    fit_probability(column, carries, alone);
    EXPECT_EQ(decisions[tag].threshold, fit_threshold(column, carries, .5f));
    EXPECT_EQ(decisions[tag].slope, alone.slope);
    EXPECT_EQ(decisions[tag].offset, alone.offset);
  }
  EXPECT_ERROR(kUsage, "a score is 1.5", fit_decisions(std::vector<float>{1.5f}, std::vector<TagList>{{}}, 1, .5f));
}

TEST(TagDecisions, RoundTripBitForBit) {
  const test::TemporaryFolder folder;
  const std::string path = folder / "decisions.tsv";
  const TagDecisions decisions{{.1f, 1.0 / 3, -2e-9, .7f}, {.5f, 1, 0, .5f}};
  const std::string text = decisions_text(decisions, {"sea", "blue sky"}, "0123456789abcdef");
  std::ofstream(path) << text;
  const TagDecisions read = read_decisions(path, {"sea", "blue sky"}, "0123456789abcdef");
  ASSERT_EQ(read.size(), 2u);
  for (size_t tag = 0; tag < 2; ++tag) {
    EXPECT_EQ(read[tag].threshold, decisions[tag].threshold);
    EXPECT_EQ(read[tag].slope, decisions[tag].slope);
    EXPECT_EQ(read[tag].offset, decisions[tag].offset);
    EXPECT_EQ(read[tag].calibrated_threshold, decisions[tag].calibrated_threshold);
  }
  EXPECT_ERROR(kData, "decisions.tsv:3: the tag is \"blue sky\", but the run's vocabulary.txt has \"sky\"",
               read_decisions(path, {"sea", "sky"}, ""));
  EXPECT_ERROR(kData, "it ends before the tag \"sun\"", read_decisions(path, {"sea", "blue sky", "sun"}, ""));
  EXPECT_ERROR(kData, "decisions.tsv:3: the run's vocabulary.txt has no more tags", read_decisions(path, {"sea"}, ""));
  EXPECT_ERROR(kData, "it was fitted to other weights", read_decisions(path, {"sea", "blue sky"}, "fedcba9876543210"));
  EXPECT_EQ(read_decisions(path, {"sea", "blue sky"}, "").size(), 2u);
}

TEST(TagDecisions, EveryChangedByteIsNoticed) {
  const test::TemporaryFolder folder;
  const std::string path = folder / "decisions.tsv";
  const std::string text = decisions_text({{.25f, 1.5, -.5, .75f}}, {"sea"}, "0123456789abcdef");
  for (size_t i = 0; i < text.size(); ++i) {
    for (const char c : {'1', '\t', 'x', ' '}) {
      if (text[i] == c) continue;
      std::string changed = text;
      changed[i] = c;
      std::ofstream(path) << changed;
      EXPECT_THROW(read_decisions(path, {"sea"}, "0123456789abcdef"), Error) << "byte " << i << ": " << changed;
    }
  }
}

TEST(TagDecisions, RejectsImpossibleValuesWithTheirLine) {
  const test::TemporaryFolder folder;
  const std::string path = folder / "decisions.tsv";
  std::vector<std::string> warnings;
  kernels::set_warning_sink([&](const std::string& sentence) { warnings.push_back(sentence); });
  const auto with = [&](const std::string& numbers) {
    std::ofstream(path) << "tag\tthreshold\tslope\toffset\tcalibrated_threshold\nsky\t0\t1\t0\t1\nsea\t" << numbers << "\n";
    return read_decisions(path, {"sky", "sea"}, "0123456789abcdef");
  };
  EXPECT_EQ(with("0.5\t1\t0\t0.5").at(1).threshold, .5f);  // a file of an older version
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_NE(warnings[0].find("does not name the weights"), std::string::npos) << warnings[0];
  kernels::set_warning_sink(nullptr);
  EXPECT_ERROR(kData, "decisions.tsv:3: the threshold is 2: it must be 0 to 1", with("2\t1\t0\t0.5"));
  EXPECT_ERROR(kData, "decisions.tsv:3: the threshold is -1: it must be 0 to 1", with("-1\t1\t0\t0.5"));
  EXPECT_ERROR(kData, "decisions.tsv:3: the threshold is nan: it must be 0 to 1", with("nan\t1\t0\t0.5"));
  EXPECT_ERROR(kData, "decisions.tsv:3: the calibrated_threshold is 1.5: it must be 0 to 1", with("0.5\t1\t0\t1.5"));
  EXPECT_ERROR(kData, "decisions.tsv:3: the slope is nan: it must be above 0", with("0.5\tnan\t0\t0.5"));
  EXPECT_ERROR(kData, "decisions.tsv:3: the slope is inf: it must be above 0", with("0.5\tinf\t0\t0.5"));
  EXPECT_ERROR(kData, "decisions.tsv:3: the slope is -1: it must be above 0", with("0.5\t-1\t0\t0.5"));
  EXPECT_ERROR(kData, "decisions.tsv:3: the offset is inf: it must be a finite number", with("0.5\t1\tinf\t0.5"));
  for (const char* numbers :
       {"0.5\tx", "0.5\t1\t0", "0.5\t1\t0\t0.5\t1", "0.5 1 0 0.5", "", "0.5\t1\t0\t0.5x", "1e999\t1\t0\t0.5"}) {
    EXPECT_ERROR(kData, "decisions.tsv:3: expected four numbers", with(numbers));
  }
}

}  // namespace
}  // namespace tagloom

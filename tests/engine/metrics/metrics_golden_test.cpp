// Compares metrics with scikit-learn where it has the same definition; tests/golden/metrics_golden.py makes the values.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "engine/metrics/metrics.h"
#include "engine/metrics/set_metrics.h"
#include "tests/support/golden.h"

namespace tagloom {
namespace {

struct Case {
  std::string name;
  int64_t pictures = 0, tags = 0;
  double threshold = 0;
  std::vector<float> scores;
  std::vector<TagList> truth;
  std::map<std::string, double> expected;
};

std::vector<Case> read_cases() {
  std::ifstream in(test::golden_file("metrics_golden.txt"));
  std::vector<Case> cases;
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string word, key;
    words >> word;
    if (word == "case") {
      cases.emplace_back();
      words >> cases.back().name >> cases.back().pictures >> cases.back().tags;
    } else if (word == "threshold") {
      words >> cases.back().threshold;
    } else if (word == "scores") {
      for (float x; words >> x;) cases.back().scores.push_back(x);
    } else if (word == "truth") {
      cases.back().truth.emplace_back();
      for (int32_t tag; words >> tag;) cases.back().truth.back().push_back(tag);
    } else if (word == "value") {
      words >> key >> cases.back().expected[key];
    }
  }
  return cases;
}

MetricInput input_of(const Case& c) { return {.tag_count = c.tags, .scores = c.scores, .truth = c.truth}; }

void expect_value(const Case& c, const MetricReport& report, const std::string& ours, const std::string& theirs) {
  const auto expected = c.expected.find(theirs);
  ASSERT_NE(expected, c.expected.end()) << theirs;
  ASSERT_NE(report.find(ours), nullptr) << ours;
  EXPECT_NEAR(*report.find(ours), expected->second, 1e-12) << c.name << ' ' << ours << " vs " << theirs;
}

TEST(MetricsGolden, HasCases) { EXPECT_EQ(read_cases().size(), 8u); }

TEST(MetricsGolden, PrecisionRecallAndF1UnderBothZeroRules) {
  for (const Case& c : read_cases()) {
    for (const bool one : {false, true}) {
      const ZeroDivision rule = one ? ZeroDivision::kOne : ZeroDivision::kZero;
      const std::string suffix = one ? "_1" : "_0";
      const MetricReport report = measure(
          input_of(c),
          {.selection = Selection::kThreshold, .threshold = c.threshold, .zero_division = rule, .labels = CountedLabels::kAll});
      expect_value(c, report, "p_label", "p_macro" + suffix);
      expect_value(c, report, "r_label", "r_macro" + suffix);
      expect_value(c, report, "f1_label_mean", "f1_macro" + suffix);
      expect_value(c, report, "p_image", "p_samples" + suffix);
      expect_value(c, report, "r_image", "r_samples" + suffix);
      expect_value(c, report, "p_micro", "p_micro" + suffix);
      expect_value(c, report, "r_micro", "r_micro" + suffix);
      expect_value(c, report, "f1_micro", "f1_micro" + suffix);
    }
  }
}

TEST(MetricsGolden, MeanF1OfPictures) {
  for (const Case& c : read_cases()) {
    std::vector<TagList> given(c.truth.size());
    for (size_t i = 0; i < c.scores.size(); ++i) {
      const size_t tags = static_cast<size_t>(c.tags);
      if (c.scores[i] > static_cast<float>(c.threshold)) given[i / tags].push_back(static_cast<int32_t>(i % tags));
    }
    const SetCountTables counts = count_sets(TruthTable(c.truth, {}, c.tags), given);
    EXPECT_NEAR(*mean_over_rows(counts.of_pictures, ZeroDivision::kZero).f1_mean, c.expected.at("f1_samples_0"), 1e-12) << c.name;
    EXPECT_NEAR(*mean_over_rows(counts.of_pictures, ZeroDivision::kOne).f1_mean, c.expected.at("f1_samples_1"), 1e-12) << c.name;
  }
}

TEST(MetricsGolden, AveragePrecisionWithTiesGrouped) {
  for (const Case& c : read_cases()) {
    const MetricReport report = measure(input_of(c), {.ties = Ties::kGrouped});
    expect_value(c, report, "map_label", "ap_macro");
    expect_value(c, report, "map_image", "ap_samples");
  }
}

TEST(MetricsGolden, NdcgOfEveryRelevance) {
  const std::vector<std::pair<Relevance, std::string>> relevances = {{Relevance::kLinear, "linear"},
                                                                     {Relevance::kBinary, "binary"},
                                                                     {Relevance::kReciprocal, "reciprocal"},
                                                                     {Relevance::kLogarithmic, "logarithmic"},
                                                                     {Relevance::kInteger, "integer"}};
  int compared = 0;
  for (const Case& c : read_cases()) {
    if (c.expected.count("ndcg_linear@1") == 0) continue;
    for (const auto& [relevance, name] : relevances) {
      const MetricReport report = measure(input_of(c), {.relevance = relevance, .order = TruthOrder::kOrdered});
      for (const char* k : {"1", "2", "3", "5", "10"}) {
        expect_value(c, report, std::string("ndcg@") + k, "ndcg_" + name + "@" + k);
        ++compared;
      }
    }
  }
  EXPECT_EQ(compared, 6 * 25);
}

}  // namespace
}  // namespace tagloom

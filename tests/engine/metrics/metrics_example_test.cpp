// Metrics on small examples worked out by hand.
#include <gtest/gtest.h>

#include "engine/metrics/average_precision.h"
#include "engine/metrics/metrics.h"
#include "engine/metrics/ranked_metrics.h"
#include "engine/metrics/set_metrics.h"
#include "tests/support/expect_error.h"

namespace tagloom {
namespace {

constexpr double kTiny = 5e-5;  // the hand-computed values have four decimals

// Three pictures, three tags. True: {0,1}, {}, {1,2}. Predicted: {0}, {}, {0,1}.
const std::vector<TagList> kTruth = {{0, 1}, {}, {1, 2}};
const std::vector<float> kScores = {.9f, .1f, .2f, .1f, .2f, .3f, .8f, .7f, .4f};

MetricReport measure_example(ZeroDivision rule) {
  return measure({.tag_count = 3, .scores = kScores, .truth = kTruth},
                 {.selection = Selection::kThreshold, .threshold = 0.5, .zero_division = rule});
}

void expect_all(const MetricReport& report, const std::vector<std::pair<std::string, double>>& expected) {
  for (const auto& [name, value] : expected) {
    ASSERT_NE(report.find(name), nullptr) << name;
    EXPECT_NEAR(*report.find(name), value, kTiny) << name;
  }
}

TEST(MetricsExample, ZeroDivisionZero) {
  expect_all(measure_example(ZeroDivision::kZero), {{"p_label", .5},
                                                    {"r_label", .5},
                                                    {"f1_label", .5},
                                                    {"f1_label_mean", .4444},
                                                    {"p_image", .5},
                                                    {"r_image", .3333},
                                                    {"f1_image", .4},
                                                    {"p_micro", .6667},
                                                    {"r_micro", .5},
                                                    {"f1_micro", .5714},
                                                    {"n_plus", 2}});
}

TEST(MetricsExample, ZeroDivisionOne) {
  expect_all(measure_example(ZeroDivision::kOne), {{"p_label", .8333},
                                                   {"r_label", .5},
                                                   {"f1_label", .625},
                                                   {"f1_label_mean", .4444},
                                                   {"p_image", .8333},
                                                   {"r_image", .6667},
                                                   {"f1_image", .7407},
                                                   {"f1_micro", .5714}});
}

TEST(MetricsExample, ZeroDivisionSkip) {
  expect_all(measure_example(ZeroDivision::kSkip), {{"p_label", .75},
                                                    {"r_label", .5},
                                                    {"f1_label", .6},
                                                    {"f1_label_mean", .4444},
                                                    {"p_image", .75},
                                                    {"r_image", .5},
                                                    {"f1_image", .6},
                                                    {"n_plus", 2}});
}

TEST(MetricsExample, CountsAndTagTable) {
  const MetricReport report = measure_example(ZeroDivision::kSkip);
  const std::vector<std::pair<std::string, int64_t>> counts = {
      {"pictures", 3},          {"pictures_without_tags", 1},  {"tags", 3},
      {"tags_counted", 3},      {"tags_without_positives", 0}, {"p_label_undefined", 1},
      {"r_label_undefined", 0}, {"p_image_undefined", 1},      {"r_image_undefined", 1}};
  EXPECT_EQ(report.counts, counts);
  ASSERT_EQ(report.tags.size(), 3u);
  const TagMetrics& never_given = report.tags[2];
  EXPECT_EQ(never_given.positives, 1);
  EXPECT_EQ(never_given.given, 0);
  EXPECT_FALSE(never_given.precision.has_value());
  EXPECT_EQ(never_given.recall, 0.0);
  EXPECT_EQ(never_given.ap, 1.0);  // its only picture has the highest score
  EXPECT_EQ(report.tags[0].given, 2);
  EXPECT_EQ(report.tags[0].correct, 1);
  EXPECT_DOUBLE_EQ(*report.tags[0].f1, 2.0 / 3);
}

TEST(MetricsExample, ThreeKindsOfAveragePrecision) {
  const std::vector<float> scores = {.9f, .8f, .7f, .6f};
  const std::vector<uint8_t> is_true = {1, 0, 1, 0};
  EXPECT_NEAR(*average_precision(scores, is_true, AveragePrecision::kNonInterpolated, Ties::kIndex), .8333, kTiny);
  EXPECT_NEAR(*average_precision(scores, is_true, AveragePrecision::kVoc10, Ties::kIndex), .8333, kTiny);
  EXPECT_NEAR(*average_precision(scores, is_true, AveragePrecision::kVoc07, Ties::kIndex), .8485, kTiny);
}

TEST(MetricsExample, EnvelopeIsTheBestLaterPrecision) {
  // - + + : precision 0, 1/2, 2/3. Not interpolated (1/2 + 2/3)/2; enveloped 2/3 throughout.
  const std::vector<float> scores = {3, 2, 1};
  const std::vector<uint8_t> is_true = {0, 1, 1};
  EXPECT_NEAR(*average_precision(scores, is_true, AveragePrecision::kNonInterpolated, Ties::kIndex), .58333, kTiny);
  EXPECT_NEAR(*average_precision(scores, is_true, AveragePrecision::kVoc10, Ties::kIndex), .66667, kTiny);
  EXPECT_NEAR(*average_precision(scores, is_true, AveragePrecision::kVoc07, Ties::kIndex), .66667, kTiny);
}

TEST(MetricsExample, TiesByIndexOrGrouped) {
  const std::vector<float> scores = {1, 1, 1, 1};
  const std::vector<uint8_t> first = {1, 0, 0, 0}, last = {0, 0, 0, 1}, none = {0, 0, 0, 0};
  EXPECT_EQ(average_precision(scores, first, AveragePrecision::kNonInterpolated, Ties::kIndex), 1.0);
  EXPECT_EQ(average_precision(scores, last, AveragePrecision::kNonInterpolated, Ties::kIndex), .25);
  EXPECT_EQ(average_precision(scores, first, AveragePrecision::kNonInterpolated, Ties::kGrouped), .25);
  EXPECT_EQ(average_precision(scores, last, AveragePrecision::kNonInterpolated, Ties::kGrouped), .25);
  EXPECT_EQ(average_precision(scores, none, AveragePrecision::kNonInterpolated, Ties::kIndex), std::nullopt);
  EXPECT_EQ(average_precision({}, {}, AveragePrecision::kVoc07, Ties::kIndex), std::nullopt);
}

// True (A, B), ranking (B, X, A).
TEST(MetricsExample, BinaryAndLinearNdcg) {
  const TagList truth = {0, 1}, ranking = {1, 2, 0};
  const RankedMetrics binary = ranked_metrics(ranking, truth, relevance_of(truth, Relevance::kBinary, {}));
  const RankedMetrics linear = ranked_metrics(ranking, truth, relevance_of(truth, Relevance::kLinear, {}));
  const double expected_binary[] = {1, .6131, .9197}, expected_linear[] = {.4142, .3284, .7248};
  for (size_t k = 0; k < 3; ++k) {
    EXPECT_NEAR(binary.ndcg[k], expected_binary[k], kTiny);
    EXPECT_NEAR(linear.ndcg[k], expected_linear[k], kTiny);
  }
  EXPECT_NEAR(binary.precision[2], .6667, kTiny);
  EXPECT_NEAR(binary.precision[9], .2, kTiny);  // divided by k, not by the length of a list
  EXPECT_NEAR(linear.ndcg[9], linear.ndcg[2], 1e-15);
}

TEST(MetricsExample, Relevances) {
  const TagList truth = {4, 2, 7};
  const auto s = [&](Relevance relevance) { return relevance_of(truth, relevance, {}); };
  EXPECT_EQ(s(Relevance::kLinear), (std::vector<double>{1, 2.0 / 3, 1.0 / 3}));
  EXPECT_EQ(s(Relevance::kReciprocal), (std::vector<double>{1, .5, 1.0 / 3}));
  EXPECT_EQ(s(Relevance::kInteger), (std::vector<double>{3, 2, 1}));
  EXPECT_NEAR(s(Relevance::kLogarithmic)[1], .63093, kTiny);
  EXPECT_EQ(s(Relevance::kLogarithmic)[2], .5);
}

TEST(MetricsExample, PercentileIsHigherForEarlierMentions) {
  const std::vector<TagList> training = {{0, 1}, {0, 1, 2}, {1, 0}};  // tag 1 at positions 2, 2, 1
  const TypicalPlaces typical(training, 4);
  EXPECT_EQ(typical.percentile(1, 1), 1.0);
  EXPECT_EQ(typical.percentile(1, 2), .75);  // (1 + 2) / (1 + 3)
  EXPECT_EQ(typical.percentile(1, 3), .25);
  EXPECT_EQ(typical.percentile(3, 9), 1.0);  // never seen
  EXPECT_EQ(relevance_of(TagList{3, 1}, Relevance::kPercentile, typical), (std::vector<double>{1, .75}));
}

TEST(MetricsExample, RepeatedTagsCountOnceAndShortRankingsWork) {
  const TagList truth = {0, 1};
  const RankedMetrics m = ranked_metrics(TagList{0, 0, 0}, truth, relevance_of(truth, Relevance::kBinary, {}));
  EXPECT_EQ(m.precision[1], .5);
  EXPECT_NEAR(m.precision[9], .1, 1e-15);
  EXPECT_NEAR(m.ndcg[9], .6131, kTiny);
}

TEST(MetricsExample, OptionsSelectTags) {
  MetricOptions options{.selection = Selection::kTopK, .top_k = 4, .threshold = .3, .tag_thresholds = {.6f, .1f}};
  EXPECT_EQ(selection_rule(options).top_k, 4);
  EXPECT_FALSE(selection_rule(options).threshold);
  options.selection = Selection::kThreshold;
  EXPECT_FALSE(selection_rule(options).top_k);
  EXPECT_EQ(selection_rule(options).threshold, .3);
  EXPECT_EQ(selection_rule(options).tag_thresholds, (std::vector<float>{.6f, .1f}));
  options.selection = Selection::kTopKAndThreshold;
  EXPECT_EQ(selection_rule(options).top_k, 4);
  EXPECT_EQ(selection_rule(options).threshold, .3);
}

TEST(MetricsExample, OccurringOrAllTags) {
  // Tag 1 never occurs and is predicted once; tag 0 is correct.
  const std::vector<TagList> truth = {{0}};
  const std::vector<float> scores = {.9f, .8f};
  const MetricInput input = {.tag_count = 2, .scores = scores, .truth = truth};
  EXPECT_EQ(*measure(input, {.top_k = 2}).find("p_label"), 1.0);
  EXPECT_EQ(*measure(input, {.top_k = 2, .labels = CountedLabels::kAll}).find("p_label"), .5);
  EXPECT_EQ(*measure(input, {.top_k = 2}).find("map_label"), 1.0);
}

TEST(MetricsExample, Top1OfFinalAndFirstStepScores) {
  const std::vector<TagList> truth = {{1}, {0}, {}};
  const std::vector<float> final_scores = {.1f, .9f, .5f, .5f, .1f, .2f}, first = {.9f, .1f, .2f, .4f, .1f, .2f};
  const MetricReport report = measure({.tag_count = 2, .scores = final_scores, .first_step_scores = first, .truth = truth}, {});
  EXPECT_EQ(*report.find("top1"), 1.0);  // ties by tag id; the untagged picture is left out
  EXPECT_EQ(*report.find("top1_first_step"), 0.0);
  EXPECT_EQ(measure({.tag_count = 2, .scores = final_scores, .truth = truth}, {}).find("top1_first_step"), nullptr);
}

TEST(MetricsExample, SelectsFromTheDecodersRanking) {
  const std::vector<TagList> truth = {{1}}, ranking = {{2, 1, 0}};
  const std::vector<float> scores = {.9f, .2f, .1f};
  const MetricReport report = measure({.tag_count = 3, .scores = scores, .ranking = ranking, .truth = truth},
                                      {.top_k = 2, .order = TruthOrder::kOrdered});
  EXPECT_EQ(*report.find("p_micro"), .5);
  EXPECT_EQ(*report.find("precision@1"), 0.0);
  EXPECT_EQ(*report.find("precision@2"), .5);
  EXPECT_EQ(*report.find("top1"), 0.0);
}

// A decoder may give the first place to a tag whose score another one equals or exceeds.
TEST(MetricsExample, MeasuresTheOrderThatIsGivenOut) {
  const std::vector<TagList> truth = {{2}, {2, 0}}, ranking = {{2, 0, 1}, {2, 1, 0}};
  const std::vector<float> scores = {.5f, .2f, .5f, .9f, .3f, .1f};
  const auto map_image = [&](const std::vector<TagList>& order, AveragePrecision ap, Ties ties) {
    const MetricInput input{.tag_count = 3, .scores = scores, .ranking = order, .truth = truth};
    return *measure(input, {.ap = ap, .ties = ties}).find("map_image");
  };
  const auto top1 = [&](const std::vector<TagList>& order) {
    return *measure({.tag_count = 3, .scores = scores, .ranking = order, .truth = truth}, {}).find("top1");
  };
  for (const Ties ties : {Ties::kIndex, Ties::kGrouped}) {
    EXPECT_NEAR(map_image(ranking, AveragePrecision::kNonInterpolated, ties), (1 + 5 / 6.) / 2, 1e-15);
    EXPECT_NEAR(map_image(ranking, AveragePrecision::kVoc10, ties), (1 + 5 / 6.) / 2, 1e-15);
    EXPECT_NEAR(map_image(ranking, AveragePrecision::kVoc07, ties), (1 + (6 + 5 * 2 / 3.) / 11) / 2, 1e-15);
  }
  EXPECT_EQ(top1(ranking), 1);
  EXPECT_EQ(top1({}), .5);
  EXPECT_NEAR(map_image({}, AveragePrecision::kNonInterpolated, Ties::kIndex), (.5 + 5 / 6.) / 2, 1e-15);
}

// A true tag that the ranking leaves out is never found.
TEST(MetricsExample, AveragePrecisionOfAnIncompleteRanking) {
  const std::vector<TagList> truth = {{1, 0}}, ranking = {{2, 1}}, nothing = {{}};
  const std::vector<float> scores = {.9f, .2f, .1f};
  const auto map_image = [&](const std::vector<TagList>& order, AveragePrecision ap) {
    return *measure({.tag_count = 3, .scores = scores, .ranking = order, .truth = truth}, {.ap = ap}).find("map_image");
  };
  EXPECT_EQ(map_image(ranking, AveragePrecision::kNonInterpolated), .25);
  EXPECT_EQ(map_image(ranking, AveragePrecision::kVoc10), .25);
  EXPECT_NEAR(map_image(ranking, AveragePrecision::kVoc07), 6 * .5 / 11, 1e-15);
  EXPECT_EQ(map_image(nothing, AveragePrecision::kVoc07), 0);
}

TEST(MetricsExample, IgnoredTagsDoNotCount) {
  const std::vector<TagList> truth = {{1}, {0}}, ignored = {{0}, {}};
  const std::vector<float> scores = {.9f, .8f, .1f, .7f, .6f, .5f};
  const MetricReport report = measure({.tag_count = 3, .scores = scores, .truth = truth, .ignored = ignored}, {.top_k = 1});
  EXPECT_EQ(*report.find("p_micro"), 1.0);
  EXPECT_EQ(*report.find("top1"), 1.0);
  EXPECT_EQ(*report.find("map_label"),
            1.0);  // if not ignored, picture 0 would rank above picture 1 for tag 0
}

TEST(MetricsExample, UntaggedPicturesCountOrAreLeftOut) {
  const std::vector<TagList> truth = {{}, {0}, {}};
  const std::vector<float> scores = {.9f, .1f, .9f, .1f, .1f, .9f};
  const MetricInput input = {.tag_count = 2, .scores = scores, .first_step_scores = scores, .truth = truth};
  const MetricReport kept = measure(input, {.top_k = 1}), left_out = measure(input, {.top_k = 1, .keep_untagged = false});
  EXPECT_NEAR(*kept.find("p_image"), .3333, kTiny);
  EXPECT_EQ(*left_out.find("p_image"), 1.0);
  EXPECT_EQ(left_out.counts[0], (std::pair<std::string, int64_t>("pictures", 1)));
  EXPECT_EQ(*kept.find("precision@1"), 1.0);  // ranked metrics leave them out either way
}

}  // namespace
}  // namespace tagloom

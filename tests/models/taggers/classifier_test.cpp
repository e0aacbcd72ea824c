// Compares the classifier's losses with PyTorch, and checks that the label decision does not change the ranking.
#include "models/taggers/classifier.h"

#include <gtest/gtest.h>

#include <cmath>

#include "models/taggers/tag_loss.h"
#include "tests/support/golden.h"
#include "tests/support/near.h"
#include "tools/bench/cases/random_array.h"

namespace tagloom {
namespace {

constexpr int64_t kN = 4, kV = 9;

// Labels, and tags in the vocabulary's order.
Batch labelled(const std::vector<uint8_t>& labels, int64_t tags) {
  Batch batch;
  const auto n = static_cast<int64_t>(labels.size()) / tags;
  batch.labels = Tensor::from(labels, {n, tags});
  batch.tags.resize(n);
  for (int64_t i = 0; i < n * tags; ++i) {
    if (labels[i]) batch.tags[i / tags].push_back(static_cast<int32_t>(i % tags));
  }
  return batch;
}

TEST(TagLoss, MatchesPyTorch) {
  const test::Golden golden("tag_losses_golden.txt");
  const Batch batch = labelled(golden.get<uint8_t>("labels"), kV);
  const std::pair<const char*, LossOptions> losses[] = {
      {"bce", {.positive_weight = 3, .label_smoothing = 0.1}},
      {"softmax", {.classifier = "softmax"}},
      {"pairs", {.classifier = "pairwise"}},
      {"warp", {.classifier = "warp"}},
      {"lsep", {.classifier = "lsep"}},
      {"focal", {.classifier = "focal", .gamma = 2}},
      {"asl", {.classifier = "asl", .gamma_positive = 1, .gamma_negative = 4, .margin = 0.05}},
  };
  for (const auto& [name, loss] : losses) {  // the golden scale is the mean over four pictures
    Tape tape;
    const Var logits = tape.variable(Tensor::from(golden.get<Real>("logits"), {kN, kV}));
    const Var value = tag_loss(loss, logits, batch);
    tape.backward(value);
    double expected = 0;
    for (double of_picture : golden.get<double>(std::string(name) + ".loss")) expected += of_picture;
    EXPECT_NEAR(value.value().item(), expected, 1e-5 * (1 + expected)) << name;
    EXPECT_TRUE(test::near(name, "tape≠pytorch", tape.grad(logits).to_vector(),
                           golden.get<double>(std::string(name) + ".dlogits"), {2e-6, 5e-6}, {kN, kV}));
  }
}

TEST(TagLoss, WeightedBceWithoutWeightsEqualsBce) {
  const test::Golden golden("tag_losses_golden.txt");
  const Batch batch = labelled(golden.get<uint8_t>("labels"), kV);
  Tape tape;
  const Var logits = tape.variable(Tensor::from(golden.get<Real>("logits"), {kN, kV}));
  const double plain = tag_loss({}, logits, batch).value().item();
  EXPECT_NEAR(tag_loss({.classifier = "focal", .gamma = 0}, logits, batch).value().item(), plain, 1e-5);
  EXPECT_NEAR(tag_loss({.reduction = LossReduction::kSum}, logits, batch).value().item(), 4 * plain, 1e-4);
}

struct DecisionTest : testing::Test {
  const std::vector<Real> x = test::normal_array(6 * 5, 3);
  const std::vector<uint8_t> y = test::flag_array(6 * kV, 3, 0.3);
  const Batch batch = labelled(y, kV);
  const Tensor features = Tensor::from(x, {6, 5});

  static ClassifierOptions options(bool decision) {
    return {.features = 5, .tags = kV, .feature_norm = true, .loss = {.classifier = "lsep"}, .decision = decision};
  }
  // The gradients of one step, by name.
  std::vector<std::pair<std::string, std::vector<Real>>> gradients(Classifier& head) const {
    Tape tape;
    tape.backward(head.loss(tape.constant(features), batch));
    std::vector<std::pair<std::string, std::vector<Real>>> all;
    for (const NamedParameter& p : head.named_parameters()) all.emplace_back(p.name, p.parameter->grad.to_vector());
    return all;
  }
};

TEST_F(DecisionTest, DoesNotChangeTheRanking) {
  Classifier with(options(true)), without(options(false));
  with.reset({1, 2});
  without.reset({1, 2});
  const auto expected = gradients(without);
  const auto got = gradients(with);
  ASSERT_EQ(got.size(), expected.size() + 6);
  for (size_t i = 0; i < got.size(); ++i) {
    if (i < expected.size()) {
      EXPECT_EQ(got[i], expected[i]);
      continue;
    }
    EXPECT_TRUE(got[i].first.starts_with("decision."));
    double norm = 0;
    for (Real g : got[i].second) norm += std::abs(g);
    EXPECT_GT(norm, 0) << got[i].first;
  }
}

// If the weights of the last layer are 0, its bias is the threshold: f - t moves every decision by that much.
TEST_F(DecisionTest, PredictsTagsAboveTheirThresholds) {
  Classifier head(options(true));
  head.reset({1, 2});
  std::vector<Real> thresholds(kV);
  for (int64_t tag = 0; tag < kV; ++tag) thresholds[tag] = Real(0.1) * static_cast<Real>(tag - 4);
  for (const NamedParameter& p : head.named_parameters()) {
    if (p.name == "decision.2.weight") p.parameter->value.write(std::vector<Real>(kV * 10, 0).data(), kV * 10);
    if (p.name == "decision.2.bias") p.parameter->value.write(thresholds.data(), kV);
  }
  Tape tape(Tape::kForwardOnly);
  const std::vector<Real> f = head.logits(tape.constant(features)).value().to_vector();
  const Predictions predictions = head.predict(tape.constant(features));
  for (int64_t i = 0; i < 6; ++i) {
    for (int64_t tag = 0; tag < kV; ++tag) {
      EXPECT_NEAR(predictions.scores[i * kV + tag], 1 / (1 + std::exp(thresholds[tag] - f[i * kV + tag])), 1e-6);
      if (tag > 0) {
        EXPECT_GE(f[i * kV + predictions.ranking[i][tag - 1]], f[i * kV + predictions.ranking[i][tag]]);
      }
    }
  }
}

TEST(Classifier, SoftmaxLossPredictsADistribution) {
  Classifier head({.features = 5, .tags = kV, .feature_norm = true, .loss = {.classifier = "softmax"}});
  head.reset({1, 2});
  Tape tape(Tape::kForwardOnly);
  const Predictions predictions = head.predict(tape.constant(Tensor::from(test::normal_array(10, 3), {2, 5})));
  for (int64_t i = 0; i < 2; ++i) {
    double sum = 0;
    for (int64_t tag = 0; tag < kV; ++tag) sum += predictions.scores[i * kV + tag];
    EXPECT_NEAR(sum, 1, 1e-6);
  }
}

TEST(Classifier, ResidualAttentionMatchesPyTorch) {
  const test::Golden golden("classifier_golden.txt");
  for (int64_t heads : {1, 2, 4, 6, 8}) {
    Classifier head({.features = 4, .tags = 3, .head = OutputHead::kCsra, .csra_heads = heads, .csra_lambda = 0.3});
    const std::vector<NamedParameter> parameters = head.named_parameters();
    ASSERT_EQ(parameters.size(), 1u);  // no bias
    EXPECT_EQ(parameters[0].name, "output.weight");
    const std::vector<Real> weight = golden.get<Real>("csra.weight");
    parameters[0].parameter->value.write(weight.data(), weight.size());
    Tape tape;
    const Var map = tape.variable(Tensor::from(golden.get<Real>("csra.map"), {2, 20}));
    const Var logits = head.logits(map);
    const Var dy = tape.constant(Tensor::from(golden.get<Real>("csra.dy"), {1, 6}));
    tape.backward(linear(reshape(logits, {1, 6}), dy, {}));
    const std::string prefix = "csra." + std::to_string(heads) + ".";
    const test::Tolerance tolerance{2e-6, 5e-6};
    EXPECT_TRUE(test::near(prefix + "logits", "model≠pytorch", logits.value().to_vector(), golden.get<double>(prefix + "logits"),
                           tolerance));
    EXPECT_TRUE(
        test::near(prefix + "dmap", "model≠pytorch", tape.grad(map).to_vector(), golden.get<double>(prefix + "dmap"), tolerance));
    EXPECT_TRUE(test::near(prefix + "dweight", "model≠pytorch", parameters[0].parameter->grad.to_vector(),
                           golden.get<double>(prefix + "dweight"), tolerance));
  }
}

TEST(Classifier, MeanOverPlacesEqualsOnePlaceWithTheMean) {
  Classifier plain({.features = 4, .tags = 3, .feature_norm = true}),
      places({.features = 4, .tags = 3, .feature_norm = true, .head = OutputHead::kGap});
  plain.reset({1, 2});
  places.reset({1, 2});
  const std::vector<Real> map = test::normal_array(2 * 5 * 4, 3);
  std::vector<Real> mean(8, 0);
  for (size_t i = 0; i < map.size(); ++i) mean[i / 20 * 4 + i % 4] += map[i] / 5;
  Tape tape(Tape::kForwardOnly);
  const std::vector<Real> of_mean = plain.logits(tape.constant(Tensor::from(mean, {2, 4}))).value().to_vector();
  const std::vector<Real> of_places = places.logits(tape.constant(Tensor::from(map, {2, 20}))).value().to_vector();
  for (size_t i = 0; i < of_mean.size(); ++i) EXPECT_NEAR(of_places[i], of_mean[i], 1e-5);
}

}  // namespace
}  // namespace tagloom

// Compares JVSP with PyTorch: the loss, the attention weights, every gradient, five steps of Adam, and decoding.
#include "models/taggers/jvsp.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "engine/optim/optimizer.h"
#include "tests/models/taggers/tagger_golden.h"
#include "tests/support/expect_error.h"

namespace tagloom {
namespace {

using test::expect_near;

constexpr int64_t kN = 4, kV = 6, kD = 8, kE = 5;

struct Golden : test::TaggerGolden {
  explicit Golden(const std::string& name) : TaggerGolden("jvsp_" + name) {}
  Tensor features() const { return tensor("in.features", kN); }
};

JvspOptions options_of(const std::string& name) {
  JvspOptions options{.features = kD,
                      .hidden = kD,
                      .embedding = kE,
                      .visual_dropout = 0,
                      .dropout = 0,
                      .diversity_threshold = Real(0.12),
                      .order = SequenceOrder::kGiven};
  if (name == "options") {
    options.features = 7;
    options.image_linear = options.biases = options.scale_softmax = options.lambda_gradient = true;
  }
  return options;
}

Batch golden_batch() {
  Batch batch;
  batch.tags = {{2, 0, 5}, {4}, {}, {1, 3}};
  return batch;
}

Predictions predict(Jvsp& head, const Tensor& features) {
  Tape tape(Tape::kForwardOnly);
  return head.predict(tape.constant(features));
}

class JvspGolden : public testing::TestWithParam<const char*> {};

TEST_P(JvspGolden, TrainingMatchesPyTorch) {
  const Golden golden(GetParam());
  Jvsp head(options_of(GetParam()), numbered_tags(kV));
  golden.load(head);
  const Tensor features = golden.features();
  const Batch batch = golden_batch();
  {
    Tape tape;
    const Var loss = head.loss(tape.constant(features), batch);
    EXPECT_NEAR(loss.value().item(), golden.floats("loss")[0], 2e-6);
    tape.backward(loss);
    golden.expect_gradients(head, 2e-5);
  }
  Adam adam({{.name = "head", .parameters = head.named_parameters(), .learning_rate = 0.01}}, {.beta1 = 0.8, .beta2 = 0.999});
  std::vector<float> curve;
  for (int step = 0; step <= 5; ++step) {
    Tape tape;
    const Var loss = head.loss(tape.constant(features), batch);
    curve.push_back(static_cast<float>(loss.value().item()));
    if (step == 5) break;
    adam.zero_grad();
    tape.backward(loss);
    adam.step(1, step);
  }
  expect_near(curve, golden.floats("curve"), 2e-5, "loss curve");
  for (const NamedParameter& p : head.named_parameters()) {
    expect_near(p.parameter->value.to_vector(), golden.floats("after." + p.name), 1e-3, p.name + " after five steps");
  }
}

// The loss is linear in alpha with slope L_V.
TEST_P(JvspGolden, DiversityLossMatchesItsDefinition) {
  const Golden golden(GetParam());
  const auto loss_with = [&](Real alpha, Real threshold) {
    JvspOptions options = options_of(GetParam());
    options.diversity = alpha;
    options.diversity_threshold = threshold;
    Jvsp head(options, numbered_tags(kV));
    golden.load(head);
    Tape tape(Tape::kForwardOnly);
    return static_cast<double>(head.loss(tape.constant(golden.features()), golden_batch()).value().item());
  };
  const double named = loss_with(0, 0);
  EXPECT_NEAR(loss_with(1, Real(0.12)) - named, golden.floats("diversity")[0], 2e-6);
  EXPECT_EQ(loss_with(1, 2), named);  // no weight is above 2

  // Without a threshold, from the definition and PyTorch's V_t: pictures of four steps, two, one and three.
  const std::vector<float> weights = golden.floats("weights");
  const int64_t steps[] = {4, 2, 1, 3};
  double overlap = 0;
  for (int64_t i = 0; i < kN; ++i) {
    for (int64_t t = 1; t < steps[i]; ++t) {
      const float* v = weights.data() + (t * kN + i) * kD;
      overlap += std::inner_product(v, v + kD, v - kN * kD, 0.0) / static_cast<double>(steps[i] - 1) / kN;
    }
  }
  EXPECT_NEAR(loss_with(1, 0) - named, overlap, 2e-6);
  EXPECT_GT(overlap, golden.floats("diversity")[0] * 1.05) << "the threshold removes terms";
}

TEST_P(JvspGolden, NamesExactlyKTagsLikePyTorch) {
  const Golden golden(GetParam());
  const std::vector<int32_t> expected = golden.integers("exactly.tags");
  JvspOptions options = options_of(GetParam());
  options.decode.exactly = 3;
  options.decode.sequence_score = SequenceScore::kMost;
  Jvsp head(options, numbered_tags(kV));
  golden.load(head);
  const Predictions most = predict(head, golden.features());
  for (int64_t i = 0; i < kN; ++i) {
    for (int64_t t = 0; t < 3; ++t) EXPECT_EQ(most.ranking[i][t], expected[i * 3 + t]) << "picture " << i << " place " << t;
  }
  expect_near(most.scores, golden.floats("exactly.most"), 1e-5, "largest probability");
  ASSERT_EQ(most.measures.size(), 2u);
  EXPECT_EQ(most.measures[0].name, "step_overlap");
  expect_near(most.measures[0].values, golden.floats("overlap"), 1e-5, "overlap");
  EXPECT_EQ(most.measures[1].name, "step_cosine");
  expect_near(most.measures[1].values, golden.floats("cosine"), 1e-5, "cosine");

  options.decode.sequence_score = SequenceScore::kEmission;
  Jvsp by_emission(options, numbered_tags(kV));
  golden.load(by_emission);
  expect_near(predict(by_emission, golden.features()).scores, golden.floats("exactly.emission"), 1e-5, "emission");
}

TEST_P(JvspGolden, StopsAtEndLikePyTorch) {
  const Golden golden(GetParam());
  const std::vector<int32_t> expected = golden.integers("until_end.tags");
  JvspOptions options = options_of(GetParam());
  options.decode.steps = 4;
  options.decode.sequence_score = SequenceScore::kEmission;
  Jvsp head(options, numbered_tags(kV));
  golden.load(head);
  const Predictions emission = predict(head, golden.features());
  int early = 0;
  for (int64_t i = 0; i < kN; ++i) {
    std::vector<int32_t> wanted, named;
    for (int64_t t = 0; t < 4 && expected[i * 4 + t] >= 0; ++t) wanted.push_back(expected[i * 4 + t]);
    for (const int32_t tag : emission.ranking[i]) {
      if (emission.scores[i * kV + tag] > 0) named.push_back(tag);
    }
    EXPECT_EQ(named, wanted) << "picture " << i;
    early += wanted.size() < 4;
  }
  EXPECT_GT(early, 0);
  options.decode.sequence_score = SequenceScore::kMost;
  Jvsp by_most(options, numbered_tags(kV));
  golden.load(by_most);
  expect_near(predict(by_most, golden.features()).scores, golden.floats("until_end.most"), 1e-5, "largest probability");
}

INSTANTIATE_TEST_SUITE_P(Jvsp, JvspGolden, testing::Values("printed", "options"));

// A batch is padded to its longest sequence, which must not change the loss of its pictures.
TEST(Jvsp, BatchLossIsTheMeanOverPictures) {
  const Golden golden("printed");
  Jvsp head(options_of("printed"), numbered_tags(kV));
  golden.load(head);
  const Batch all = golden_batch();
  Tape tape(Tape::kForwardOnly);
  const double together = head.loss(tape.constant(golden.features()), all).value().item();
  double alone = 0;
  for (int64_t i = 0; i < kN; ++i) {
    Batch one;
    one.tags = {all.tags[i]};
    alone += head.loss(tape.constant(golden.features().rows(i, i + 1)), one).value().item() / kN;
  }
  EXPECT_NEAR(together, alone, 1e-6);
}

// A picture without tags has one step with target END: no knowledge, and no pair of steps.
TEST(Jvsp, OneStepHasNoKnowledgeAndNoDiversityLoss) {
  const Golden golden("printed");
  JvspOptions options = options_of("printed");
  options.diversity = 1000;
  options.diversity_threshold = 0;
  Jvsp head(options, numbered_tags(kV));
  golden.load(head);
  const Tensor features = golden.features().rows(2, 3);
  Batch one;
  one.tags = {{}};
  Tape tape;
  const Var loss = head.loss(tape.constant(features), one);
  tape.backward(loss);
  for (const NamedParameter& p : head.named_parameters()) {
    if (p.name != "knowledge.weight") continue;
    for (const Real g : p.parameter->grad.defined() ? p.parameter->grad.to_vector() : std::vector<Real>()) EXPECT_EQ(g, 0);
  }
  options.decode.exactly = 1;
  options.decode.sequence_score = SequenceScore::kMost;
  Jvsp decoder(options, numbered_tags(kV));
  golden.load(decoder);
  const Predictions first = predict(decoder, features);
  const double end = 1 - std::accumulate(first.scores.begin(), first.scores.end(), 0.0);
  EXPECT_NEAR(loss.value().item(), -std::log(end), 1e-5);
  EXPECT_TRUE(std::isnan(first.measures[0].values[0])) << "a single step has no overlap";
}

// lambda is a constant by default; with its gradient, that of the output layer changes and the loss does not.
TEST(Jvsp, GradientFlowsThroughLambdaOnlyIfSet) {
  const Golden golden("printed");
  std::vector<Real> losses;
  std::vector<std::vector<Real>> gradients;
  for (const bool flows : {false, true}) {
    JvspOptions options = options_of("printed");
    options.lambda_gradient = flows;
    Jvsp head(options, numbered_tags(kV));
    golden.load(head);
    Tape tape;
    const Var loss = head.loss(tape.constant(golden.features()), golden_batch());
    tape.backward(loss);
    losses.push_back(loss.value().item());
    for (const NamedParameter& p : head.named_parameters()) {
      if (p.name == "output.weight") gradients.push_back(p.parameter->grad.to_vector());
    }
  }
  EXPECT_EQ(losses[0], losses[1]);
  double difference = 0;
  for (size_t i = 0; i < gradients[0].size(); ++i)
    difference = std::max<double>(difference, std::abs(gradients[0][i] - gradients[1][i]));
  EXPECT_GT(difference, 1e-4);
}

TEST(Jvsp, TrainsOnTheOrderOfTheSettings) {
  const Golden golden("printed");
  TagStatistics tags = numbered_tags(kV);
  tags.counts = {1, 2, 3, 4, 5, 6};
  const auto loss_of = [&](SequenceOrder order, std::vector<int32_t> listed) {
    JvspOptions options = options_of("printed");
    options.order = order;
    Jvsp head(options, tags);
    golden.load(head);
    Batch one;
    one.tags = {std::move(listed)};
    Tape tape(Tape::kForwardOnly);
    return head.loss(tape.constant(golden.features().rows(0, 1)), one).value().item();
  };
  EXPECT_EQ(loss_of(SequenceOrder::kFrequent, {0, 2, 5}), loss_of(SequenceOrder::kGiven, {5, 2, 0}));
  EXPECT_EQ(loss_of(SequenceOrder::kRare, {5, 0, 2}), loss_of(SequenceOrder::kGiven, {0, 2, 5}));
  EXPECT_NE(loss_of(SequenceOrder::kRare, {5, 0, 2}), loss_of(SequenceOrder::kFrequent, {5, 0, 2}));
}

TEST(Jvsp, RejectsAMismatchedNumberOfFeatures) {
  JvspOptions options = options_of("printed");
  options.features = 2048;
  EXPECT_ERROR(kUsage, "the backbone gives 2048 features and model.hidden is 8", Jvsp(options, numbered_tags(kV)));
}

}  // namespace
}  // namespace tagloom

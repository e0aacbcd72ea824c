// Compares the heads with PyTorch: losses, every gradient, ten steps of every optimizer, and decoding afterwards.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "engine/optim/optimizer.h"
#include "models/taggers/classifier.h"
#include "models/taggers/multi_order.h"
#include "models/taggers/ordered_rnn.h"
#include "tests/models/taggers/tagger_golden.h"
#include "tests/support/distance.h"
#include "tools/bench/cases/random_array.h"

namespace tagloom {
namespace {

using test::expect_near;

constexpr int64_t kN = 3, kV = 6, kD = 8, kE = 5, kT = 4;

// Maps the golden file's parameter names to those of our modules.
std::string golden_name(std::string name) {
  for (const auto& [ours, golden] : {std::pair<std::string, std::string>{"image_embedding.", "image."},
                                     {"projection.", "hidden."},
                                     {"start_norm.", "norm."},
                                     {"start_h.", "state_h."},
                                     {"start_c.", "state_c."}}) {
    if (name.starts_with(ours)) return golden + name.substr(ours.size());
  }
  return name;
}

struct Golden : test::TaggerGolden {
  explicit Golden(const std::string& name) : TaggerGolden("taggers_" + name) {}
  // In the layout of our module, the START row of the embedding is the last one.
  std::vector<float> parameter(const std::string& prefix, const std::string& name) const {
    std::vector<float> values = floats(prefix + golden_name(name));
    if (name == "embedding.weight") std::rotate(values.begin(), values.begin() + kE, values.end());
    return values;
  }
};

std::vector<NamedParameter> golden_parameters(const Module& module) {
  std::vector<NamedParameter> all;
  for (const NamedParameter& p : module.named_parameters()) {
    if (!p.name.starts_with("classifier.")) all.push_back(p);
  }
  return all;
}

void load(const Golden& golden, const Module& module) {
  for (const NamedParameter& p : golden_parameters(module)) {
    const std::vector<float> values = golden.parameter("param.", p.name);
    p.parameter->value.write(values.data(), values.size());
  }
  for (const NamedBuffer& b : module.named_buffers()) {
    if (b.name.starts_with("classifier.")) continue;
    const std::vector<float> values = golden.parameter("param.", b.name);
    b.tensor->write(values.data(), values.size());
  }
}

using MakeOptimizer = std::function<std::unique_ptr<Optimizer>(std::vector<NamedParameter>)>;

const std::map<std::string, MakeOptimizer>& optimizers() {
  const auto group = [](std::vector<NamedParameter> parameters, double rate, double decay) {
    return std::vector<ParameterGroup>{
        {.name = "head", .parameters = std::move(parameters), .learning_rate = rate, .weight_decay = decay}};
  };
  static const std::map<std::string, MakeOptimizer> all{
      {"sgd", [=](auto p) { return std::make_unique<Sgd>(group(p, 0.05, 0), SgdOptions{.momentum = 0.9}); }},
      {"adam", [=](auto p) { return std::make_unique<Adam>(group(p, 0.01, 0), AdamOptions{}); }},
      {"adamw", [=](auto p) { return std::make_unique<Adam>(group(p, 0.01, 0.05), AdamOptions{.decoupled_decay = true}); }},
      {"adamw_clip",
       [=](auto p) {
         return std::make_unique<Adam>(group(p, 0.01, 0.05), AdamOptions{.decoupled_decay = true},
                                       GradientClipping{.clip_norm = 0.5});
       }},
      {"rmsprop_tf",
       [=](auto p) {
         return std::make_unique<RmsProp>(group(p, 0.01, 0),
                                          RmsPropOptions{.decay = 0.9, .momentum = 0.9, .epsilon = 1, .initial_mean_square = 1});
       }},
  };
  return all;
}

// Loss, gradients and loss curves. `offset` is the difference of our loss from the golden one.
void check_training(const Golden& golden, TaggerHead& head, const Tensor& features, const Batch& batch, double offset) {
  load(golden, head);
  {
    Tape tape;
    const Var loss = head.loss(tape.constant(features), batch);
    EXPECT_NEAR(loss.value().item() - offset, golden.floats("loss")[0], 2e-5);
    tape.backward(loss);
    for (const NamedParameter& p : golden_parameters(head)) {
      expect_near(p.parameter->grad.to_vector(), golden.parameter("grad.", p.name), 2e-4, "gradient of " + p.name);
    }
  }
  for (const auto& [name, make] : optimizers()) {
    load(golden, head);
    const std::unique_ptr<Optimizer> optimizer = make(golden_parameters(head));
    std::vector<float> curve;
    for (int step = 0; step <= 10; ++step) {
      Tape tape;
      const Var loss = head.loss(tape.constant(features), batch);
      curve.push_back(static_cast<float>(loss.value().item() - offset));
      if (step == 10) break;
      optimizer->zero_grad();
      tape.backward(loss);
      optimizer->step(1, step);
    }
    expect_near(curve, golden.floats("curve." + name), 5e-4, "loss curve of " + name);
    if (name == "adamw") {
      for (const NamedParameter& p : golden_parameters(head)) {
        expect_near(p.parameter->value.to_vector(), golden.parameter("after.", p.name), 2e-3, p.name + " after ten steps");
      }
    }
  }
}

Batch labelled(const Golden& golden) {
  Batch batch;
  const std::vector<float> labels = golden.floats("in.labels");
  batch.labels = Tensor::from(std::vector<uint8_t>(labels.begin(), labels.end()), {kN, kV});
  return batch;
}

// p [T,N,V]; chosen(t, i) is the tag chosen for picture i at step t.
void expect_path(const std::vector<StepPath>& paths, const std::vector<float>& p,
                 const std::function<int32_t(int64_t, int64_t)>& chosen) {
  ASSERT_EQ(paths.size(), static_cast<size_t>(kN));
  for (int64_t i = 0; i < kN; ++i) {
    ASSERT_EQ(paths[i].size(), static_cast<size_t>(kT));
    for (int64_t t = 0; t < kT; ++t) {
      const PathStep& step = paths[i][t];
      const float* expected = p.data() + (t * kN + i) * kV;
      EXPECT_EQ(step.chosen.tag, chosen(t, i)) << "picture " << i << " step " << t;
      EXPECT_NEAR(step.chosen.probability, expected[step.chosen.tag], 1e-5);
      ASSERT_EQ(step.competing.size(), static_cast<size_t>(kV));
      for (const StepTag& one : step.competing) EXPECT_NEAR(one.probability, expected[one.tag], 1e-5) << "step " << t;
      EXPECT_TRUE(std::is_sorted(step.competing.begin(), step.competing.end(),
                                 [](const StepTag& a, const StepTag& b) { return a.probability > b.probability; }));
    }
  }
}

class RankModel : public testing::TestWithParam<DecodeLoop> {};

TEST_P(RankModel, MatchesPyTorch) {
  const Golden golden("rank");
  OrderedRnnOptions options =
      rank_model({.features = 7, .tags = numbered_tags(kV), .hidden = kD, .image_embedding = kE, .loop = GetParam()});
  options.decode = {.method = DecodeMethod::kGreedy, .steps = kT};
  OrderedRnn head(options);
  Batch batch;
  const std::vector<int32_t> target = golden.integers("in.target");  // [N,T]
  batch.tags.resize(kN);
  for (int64_t i = 0; i < kN; ++i) {
    for (int64_t t = 0; t < kT; ++t) {
      const int32_t tag = target[i * kT + t];
      if (tag >= 0) batch.tags[i].push_back(tag);
    }
  }
  const Tensor features = Tensor::from(golden.floats("in.features"), {kN, 7});
  check_training(golden, head, features, batch, 0);

  load(golden, head);
  const std::vector<int32_t> greedy = golden.integers("decode.greedy");
  Tape tape(Tape::kForwardOnly);
  const Predictions predictions = head.predict(tape.constant(features));
  for (int64_t i = 0; i < kN; ++i) {
    for (int64_t t = 0; t < kT; ++t)
      EXPECT_EQ(predictions.ranking[i][t], greedy[i * kT + t]) << "picture " << i << " place " << t;
  }
  expect_path(head.step_paths(tape.constant(features), kV), golden.floats("decode.probability"),
              [&](int64_t t, int64_t i) { return greedy[i * kT + t]; });
  options.decode = {.method = DecodeMethod::kExpectedGain, .steps = kT, .gain_steps = kT, .first_greedy = false};
  OrderedRnn by_gain(options);
  load(golden, by_gain);
  expect_near(by_gain.predict(tape.constant(features)).scores, golden.floats("decode.expected_gain"), 1e-5, "expected gain");
}

INSTANTIATE_TEST_SUITE_P(Loops, RankModel, testing::Values(DecodeLoop::kOneOp, DecodeLoop::kOpByOp));

TEST(Taggers, ClassifierMatchesPyTorch) {
  const Golden golden("classifier");
  Classifier head({.features = 7, .tags = kV, .feature_norm = true});
  const Tensor features = Tensor::from(golden.floats("in.features"), {kN, 7});
  check_training(golden, head, features, labelled(golden), 0);
  load(golden, head);
  Tape tape(Tape::kForwardOnly);
  expect_near(head.logits(tape.constant(features)).value().to_vector(), golden.floats("decode.logits"), 1e-5, "logits");
}

struct MultiOrderCase {
  const char* golden;
  MultiOrderOptions options;
};

class MultiOrderGolden : public testing::TestWithParam<std::tuple<MultiOrderCase, DecodeLoop>> {};

TEST_P(MultiOrderGolden, MatchesPyTorch) {
  const auto& [parameters, loop] = GetParam();
  const Golden golden(parameters.golden);
  MultiOrderOptions options = parameters.options;
  options.loop = loop;
  options.tags = kV, options.hidden = kD, options.embedding = kE, options.steps = kT, options.classifier_norm = false;
  Batch batch = labelled(golden);
  Tensor features;
  double offset = 0;
  if (options.state == InitialState::kProbabilities) {
    // The classifier is the identity, so the golden scores reach the LSTM; its own loss has a closed form.
    options.features = kV;
    const std::vector<float> logits = golden.floats("in.scores"), labels = golden.floats("in.labels");
    for (size_t i = 0; i < logits.size(); ++i) {
      offset += (std::log1p(std::exp(double{logits[i]})) - labels[i] * logits[i]) / kN;
    }
    features = Tensor::from(logits, {kN, kV});
  } else {
    options.features = 7;
    features = Tensor::from(golden.floats("in.features"), {kN, 7});
  }
  MultiOrder head(options);
  for (const NamedParameter& p : head.named_parameters()) {
    if (p.name != "classifier.output.weight") continue;
    std::vector<float> identity(kV * kV, 0);
    for (int64_t i = 0; i < kV; ++i) identity[i * kV + i] = 1;
    p.parameter->value.write(identity.data(), identity.size());
  }
  check_training(golden, head, features, batch, offset);

  load(golden, head);
  Tape tape(Tape::kForwardOnly);
  std::vector<float> pooled = golden.floats("decode.repeat.pooled");
  for (float& x : pooled) x = 1 / (1 + std::exp(-x));
  expect_near(head.predict(tape.constant(features)).scores, pooled, 1e-5, "pooled scores");
  std::vector<float> p = golden.floats("decode.repeat.logits");
  for (float& x : p) x = 1 / (1 + std::exp(-x));
  const std::vector<int32_t> emitted = golden.integers("decode.repeat.emitted");
  expect_path(head.step_paths(tape.constant(features), kV), p, [&](int64_t t, int64_t i) { return emitted[t * kN + i]; });
}

using kernels::BceMask;
using kernels::StepGate;

const std::vector<MultiOrderCase> kPresets{
    {"multi_order_probabilities_linear_previous_all", {.state = InitialState::kProbabilities}},
    {"multi_order_probabilities_tanh_cumulative_label_count",
     {.mask = BceMask::kCumulative,
      .gate = StepGate::kLabelCount,
      .state = InitialState::kProbabilities,
      .head = OutputHead::kTanhTwoLayer}},
    {"multi_order_features_linear_previous_all", {.state = InitialState::kFeatures, .feature_norm = true}},
    {"multi_order_features_tanh_cumulative_all",
     {.mask = BceMask::kCumulative, .state = InitialState::kFeatures, .head = OutputHead::kTanhTwoLayer, .feature_norm = true}},
    {"multi_order_features_plain_linear_none_all", {.mask = BceMask::kNone, .state = InitialState::kFeatures}}};

INSTANTIATE_TEST_SUITE_P(Presets, MultiOrderGolden,
                         testing::Combine(testing::ValuesIn(kPresets), testing::Values(DecodeLoop::kOneOp, DecodeLoop::kOpByOp)));

// Predictions and gradients of one head agree for both loops; those in bfloat16 are close but not equal.
template <class Head, class Options>
void expect_loops_agree(Options options, const Tensor& features, const Batch& batch) {
  struct Result {
    std::vector<float> scores, first, gradients;
  };
  const auto run = [&](DecodeLoop loop, bool bf16) {
    options.loop = loop;
    Head head(options);
    head.reset({3, 0});
    Result result;
    Tape predicting(Tape::kForwardOnly);
    predicting.set_mixed_precision(bf16);
    const Predictions predictions = head.predict(predicting.constant(features));
    result.scores = predictions.scores, result.first = predictions.first_step_scores;
    Tape tape;
    tape.set_mixed_precision(bf16);
    tape.backward(head.loss(tape.constant(features), batch));
    for (const NamedParameter& p : head.named_parameters()) {
      const std::vector<Real> gradient = p.parameter->grad.to_vector();
      result.gradients.insert(result.gradients.end(), gradient.begin(), gradient.end());
    }
    return result;
  };
  const Result one = run(DecodeLoop::kOneOp, false), steps = run(DecodeLoop::kOpByOp, false);
  expect_near(one.scores, steps.scores, 1e-5, "scores");
  expect_near(one.first, steps.first, 1e-5, "first step's scores");
  expect_near(one.gradients, steps.gradients, 1e-5, "gradients");
  for (const DecodeLoop loop : {DecodeLoop::kOneOp, DecodeLoop::kOpByOp}) {
    const Result rounded = run(loop, true);
    expect_near(rounded.first, steps.first, 1e-2, "bfloat16's first step");
    EXPECT_NE(rounded.first, steps.first);
    EXPECT_LT(test::distance(rounded.gradients, steps.gradients), 0.01);
    EXPECT_GT(test::distance(rounded.gradients, steps.gradients), 1e-4);
  }
}

TEST(DecodeLoops, Agree) {
  const Tensor features = Tensor::from(test::normal_array(5 * 9, 1), {5, 9});
  Batch batch;
  batch.labels = Tensor::from(test::flag_array(5 * 37, 2, 0.1), {5, 37});
  batch.tags = {{1, 2, 3}, {4}, {36, 0}, {9, 8, 7, 6}, {5}};
  expect_loops_agree<MultiOrder>(MultiOrderOptions{.features = 9, .tags = 37, .hidden = 33, .embedding = 12}, features, batch);
  expect_loops_agree<OrderedRnn>(rank_model({.features = 9, .tags = numbered_tags(37), .hidden = 33, .image_embedding = 12}),
                                 features, batch);
}

// With dropout before the output layer, training runs op by op for both, with the same random numbers.
TEST(DecodeLoops, DropoutRunsOpByOp) {
  const Tensor features = Tensor::from(test::normal_array(4 * 9, 1), {4, 9});
  Batch batch;
  batch.tags = {{1, 2, 3}, {4}, {5, 0}, {2}};
  std::vector<float> losses;
  for (const DecodeLoop loop : {DecodeLoop::kOneOp, DecodeLoop::kOpByOp}) {
    OrderedRnn head(
        rank_model({.features = 9, .tags = numbered_tags(6), .hidden = 8, .image_embedding = 5, .dropout = 0.5, .loop = loop}));
    head.reset({3, 0});
    Tape tape(Tape::kRecord, 5, 6);
    losses.push_back(head.loss(tape.constant(features), batch).value().item());
  }
  EXPECT_EQ(losses[0], losses[1]);
}

}  // namespace
}  // namespace tagloom

// Optimizers on modules: flat memory, groups, clipping, the finite check, saved state, and whole trajectories against PyTorch.
#include "engine/optim/optimizer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/support/expect_error.h"
#include "tests/support/golden.h"
#include "tests/support/near.h"

namespace tagloom {
namespace {

// 11 numbers in two parameters, as in the golden file: a [2, 3] and b [5].
struct Pair : Module {
  Parameter a, b;
  Pair() {
    add("a", a);
    add("b", b);
    a.allocate({2, 3});
    b.allocate({5});
  }
  void write(const std::vector<Real>& values) const {
    a.value.write(values.data(), 6);
    b.value.write(values.data() + 6, 5);
  }
  void write_grad(const std::vector<Real>& values) const {
    a.grad.write(values.data(), 6);
    b.grad.write(values.data() + 6, 5);
  }
  std::vector<Real> read() const {
    std::vector<Real> all = a.value.to_vector();
    const std::vector<Real> rest = b.value.to_vector();
    all.insert(all.end(), rest.begin(), rest.end());
    return all;
  }
};

const std::vector<Real> kOnes(11, 1);

// The module's parameters in one group.
std::vector<ParameterGroup> one_group(const Pair& pair, double learning_rate, double weight_decay = 0) {
  ParameterGroup group;
  group.name = "all";
  group.parameters = pair.named_parameters();
  group.learning_rate = learning_rate;
  group.weight_decay = weight_decay;
  return {group};
}

// a in a group "cnn" that is inactive until an iteration, b in a group "lstm".
std::vector<ParameterGroup> two_groups(const Pair& pair, double learning_rate, int64_t active_from = 0) {
  const auto all = pair.named_parameters();
  return {{.name = "cnn", .parameters = {all[0]}, .learning_rate = learning_rate, .active_from = active_from},
          {.name = "lstm", .parameters = {all[1]}, .learning_rate = learning_rate}};
}

// An arbitrary gradient that depends on the step.
std::vector<Real> gradient(int step) {
  std::vector<Real> g(11);
  for (int i = 0; i < 11; ++i) g[i] = static_cast<Real>(std::sin(1.7 * i + step));
  return g;
}

// Checks that the optimizer matches PyTorch for 6 steps.
template <class O, class Options>
void expect_golden(const std::string& variant, double learning_rate, double weight_decay, const Options& options,
                   GradientClipping clipping = {}) {
  const test::Golden golden("optimizers_golden.txt");
  Pair pair;
  pair.write(golden.get<Real>("start"));
  O optimizer(one_group(pair, learning_rate, weight_decay), options, clipping);
  for (int t = 0; t < 6; ++t) {
    optimizer.zero_grad();
    pair.write_grad(golden.get<Real>(format("gradient.{}", t)));
    optimizer.step(1, t);
    const std::string name = format("{}.{}", variant, t);
    ASSERT_TRUE(test::near(name, "cpu≠torch", pair.read(), golden.get<double>(name), {2e-6, 2e-6}));
  }
}

TEST(Optimizers, StepWithoutIterationUpdatesEveryGroup) {
  Pair pair;
  pair.write(kOnes);
  Sgd optimizer(two_groups(pair, 0.5, 1000), {.momentum = 0});
  optimizer.zero_grad();
  pair.write_grad(kOnes);
  optimizer.step();
  EXPECT_EQ(pair.read(), std::vector<Real>(11, Real(0.5)));
}

TEST(Optimizers, MatchPyTorch) {
  expect_golden<Sgd>("sgd", 0.1, 0, SgdOptions{.momentum = 0});
  expect_golden<Sgd>("sgd_momentum_decay", 0.1, 0.05, SgdOptions{.momentum = 0.9});
  expect_golden<Sgd>("sgd_nesterov", 0.1, 0.05, SgdOptions{.momentum = 0.8, .nesterov = true});
  expect_golden<Sgd>("sgd_clip_norm", 0.1, 0, SgdOptions{.momentum = 0.9}, {.clip_norm = 1.5});
  expect_golden<Adam>("adam", 0.02, 0, AdamOptions{.beta1 = 0.8});
  expect_golden<Adam>("adam_decay", 0.02, 0.1, AdamOptions{.beta2 = 0.99, .epsilon = 1e-3});
  expect_golden<Adam>("adamw", 0.02, 0.1, AdamOptions{.beta2 = 0.99, .decoupled_decay = true});
  expect_golden<RmsProp>("rmsprop", 0.01, 0, RmsPropOptions{.momentum = 0, .epsilon = 0});
  expect_golden<RmsProp>("rmsprop_momentum_decay", 0.01, 0.05, RmsPropOptions{.momentum = 0.9, .epsilon = 0});
}

TEST(RmsProp, StartsWithTensorFlowsMeanSquare) {
  Pair pair;
  RmsProp optimizer(one_group(pair, 1e-4), {.momentum = 0.9, .epsilon = 1, .initial_mean_square = 1});
  pair.write_grad(std::vector<Real>(11, 3));
  optimizer.step(1, 0);
  for (Real value : pair.read()) EXPECT_NEAR(value, -1e-4 * 3 / std::sqrt(0.9 + 0.1 * 9 + 1), 1e-10);
}

TEST(Optimizer, MovesParametersIntoAlignedFlatMemoryAndKeepsTheirValues) {
  Pair pair;
  const std::vector<Real> values{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
  pair.write(values);
  Sgd optimizer(one_group(pair, 1), {.momentum = 0});
  EXPECT_EQ(pair.read(), values);
  for (const Tensor& tensor : {pair.a.value, pair.b.value, pair.a.grad, pair.b.grad}) {
    EXPECT_EQ(reinterpret_cast<uintptr_t>(tensor.raw()) % 64, 0u);
  }
  EXPECT_EQ(pair.b.value.data() - pair.a.value.data(), pair.b.grad.data() - pair.a.grad.data());
  pair.a.grad.write(std::vector<Real>{1, 0, 0, 0, 0, 2}.data(), 6);
  EXPECT_FLOAT_EQ(optimizer.step(1, 0), std::sqrt(5.0f));
  EXPECT_EQ(pair.a.value.to_vector(), (std::vector<Real>{0, 2, 3, 4, 5, 4}));
}

TEST(Optimizer, UnwrittenGradientIsZero) {
  Pair pair;
  pair.write(kOnes);
  Sgd optimizer(one_group(pair, 1), {.momentum = 0});
  pair.write_grad(std::vector<Real>(11, std::nanf("")));
  optimizer.zero_grad();
  EXPECT_EQ(optimizer.step(1, 0), 0);
  EXPECT_EQ(pair.read(), kOnes);
  EXPECT_EQ(pair.a.grad.to_vector(), std::vector<Real>(6, 0));
}

TEST(Optimizer, DoesNotChangeFrozenParameters) {
  Pair pair;
  pair.write(kOnes);
  pair.b.trainable = false;
  Adam optimizer(one_group(pair, 0.1, 0.5), {.decoupled_decay = true});
  pair.a.grad.write(kOnes.data(), 6);
  EXPECT_FLOAT_EQ(optimizer.step(1, 0), std::sqrt(6.0f));
  EXPECT_LT(pair.a.value.to_vector()[0], 1);
  EXPECT_EQ(pair.b.value.to_vector(), std::vector<Real>(5, 1));  // no weight decay either
  EXPECT_FALSE(pair.b.grad.defined());
  pair.a.trainable = false;
  EXPECT_ERROR(kUsage, "no group has a trainable parameter", Adam(one_group(pair, 0.1), {}));
}

TEST(Optimizer, FirstGroupMayBeFrozen) {
  Pair pair;
  pair.a.trainable = false;
  Sgd optimizer(two_groups(pair, 1), {.momentum = 0});
  pair.b.grad.write(kOnes.data(), 5);
  EXPECT_FLOAT_EQ(optimizer.step(1, 0), std::sqrt(5.0f));
}

TEST(Optimizer, RejectsParametersInTwoGroups) {
  Pair pair;
  std::vector<ParameterGroup> groups = two_groups(pair, 1);
  groups[1].parameters = groups[0].parameters;
  EXPECT_ERROR(kUsage, "parameter \"a\" of group \"lstm\" is listed twice", Sgd(groups, {}));
  groups = two_groups(pair, 1);
  groups[1].name = "cnn";
  EXPECT_ERROR(kUsage, "two groups are named \"cnn\"", Sgd(groups, {}));
}

TEST(Optimizer, GroupsHaveTheirOwnRateDecayAndClipping) {
  Pair pair;
  pair.write(kOnes);
  std::vector<ParameterGroup> groups = two_groups(pair, 0.1);
  groups[0].learning_rate = 0.05;
  groups[0].weight_decay = groups[1].weight_decay = 3;
  groups[1].clip_value = 0.25;
  Sgd optimizer(groups, {.momentum = 0});
  pair.write_grad(kOnes);
  EXPECT_FLOAT_EQ(optimizer.step(1, 0), std::sqrt(11.0f));
  EXPECT_FLOAT_EQ(pair.a.value.to_vector()[0], 1 - 0.05f * (1 + 3));
  EXPECT_FLOAT_EQ(pair.b.value.to_vector()[0], 1 - 0.1f * 0.25f);
  optimizer.step(0.5, 1);
  EXPECT_FLOAT_EQ(pair.b.value.to_vector()[0], 1 - 0.1f * 0.25f * 1.5f);
}

TEST(Optimizer, GroupIsInactiveUntilItsIteration) {
  Pair pair;
  pair.write(kOnes);
  pair.a.trainable = false;  // as a model's begin_step() does until then
  Adam optimizer(two_groups(pair, 0.1, 2), {});
  for (int iteration = 0; iteration < 2; ++iteration) {
    pair.write_grad(kOnes);
    EXPECT_FLOAT_EQ(optimizer.step(1, iteration), std::sqrt(5.0f));  // norm of the active group only
    EXPECT_EQ(pair.a.value.to_vector(), std::vector<Real>(6, 1));
  }
  EXPECT_NEAR(pair.b.value.to_vector()[0], 0.8, 1e-6);
  pair.write_grad(kOnes);
  EXPECT_FLOAT_EQ(optimizer.step(1, 2), std::sqrt(11.0f));
  EXPECT_NEAR(pair.a.value.to_vector()[0], 0.9, 1e-6);  // Adam's first step equals the rate: its t starts now
  EXPECT_EQ(optimizer.steps_taken(), (std::vector<int64_t>{1, 3}));
}

TEST(Optimizer, NonFiniteGradientChangesNothingAndIsReported) {
  for (Real bad : {std::numeric_limits<Real>::infinity(), std::numeric_limits<Real>::quiet_NaN()}) {
    Pair pair;
    pair.write(kOnes);
    Adam optimizer(one_group(pair, 0.1), {}, {.clip_norm = 1});
    std::vector<Real> g = kOnes;
    g[7] = bad;
    pair.write_grad(g);
    EXPECT_FALSE(std::isfinite(optimizer.step(1, 0)));
    EXPECT_EQ(pair.read(), kOnes);
    EXPECT_EQ(optimizer.steps_taken(), std::vector<int64_t>{0});
    for (const OptimizerState& entry : optimizer.state()) {
      for (Real value : entry.tensor.to_vector()) EXPECT_EQ(value, 0) << entry.name;
    }
  }
}

std::vector<uint16_t> bits_of(const Tensor& rounded) {
  std::vector<uint16_t> bits;
  for (const Bf16 value : rounded.to_vector<Bf16>()) bits.push_back(value.bits);
  return bits;
}

void expect_rounded(const Parameter& parameter) {
  std::vector<uint16_t> expected;
  for (const Real value : parameter.value.to_vector()) expected.push_back(Bf16(static_cast<float>(value)).bits);
  EXPECT_EQ(bits_of(parameter.rounded), expected);
}

// Covers steps, an inactive group, a skipped step, and writes from outside.
template <class O, class Options>
void expect_rounded_copies(const Options& options) {
  Pair pair;
  pair.write(gradient(77));
  std::vector<ParameterGroup> groups = two_groups(pair, 0.1, 2);
  groups[0].rounded = true;
  O optimizer(groups, options);
  EXPECT_FALSE(pair.b.rounded.defined());
  const void* const place = pair.a.rounded.raw();
  std::vector<std::vector<uint16_t>> seen;
  const auto look = [&] {
    expect_rounded(pair.a);
    seen.push_back(bits_of(pair.a.rounded));
  };
  look();
  for (int step = 0; step < 4; ++step) {
    pair.write_grad(gradient(step));
    optimizer.step(1, step);
    look();
  }
  EXPECT_EQ(seen[0], seen[2]);  // it was inactive
  EXPECT_NE(seen[2], seen[3]);
  EXPECT_NE(seen[3], seen[4]);
  pair.write_grad(std::vector<Real>(11, std::numeric_limits<Real>::infinity()));
  optimizer.step(1, 4);
  look();
  EXPECT_EQ(seen[4], seen[5]);
  pair.a.write(std::vector<Real>(6, Real(0.1)));
  look();
  pair.to(Device::cpu());
  look();
  EXPECT_NE(seen[5], seen[6]);
  EXPECT_EQ(pair.a.rounded.raw(), place);  // a recorded step reads this address
  O without(two_groups(pair, 0.1), options);
  EXPECT_FALSE(pair.a.rounded.defined());
}

TEST(Optimizer, KeepsBf16ValuesOnRequest) {
  expect_rounded_copies<Sgd>(SgdOptions{.momentum = 0.9});
  expect_rounded_copies<Adam>(AdamOptions{});
  expect_rounded_copies<RmsProp>(RmsPropOptions{.momentum = 0.9, .epsilon = 1});
}

std::vector<OptimizerState> copy_of(const std::vector<OptimizerState>& tensors) {
  std::vector<OptimizerState> copies;
  for (const OptimizerState& entry : tensors) copies.push_back({entry.name, entry.tensor.clone()});
  return copies;
}

template <class O, class Options>
void expect_resumes(const Options& options) {
  Pair whole, resumed;
  whole.write(kOnes);
  O first(two_groups(whole, 0.1, 4), options);
  for (int step = 0; step < 6; ++step) {
    whole.write_grad(gradient(step));
    first.step(1, step);
  }
  resumed.write(whole.read());
  O second(two_groups(resumed, 0.1, 4), options);
  second.load_state(copy_of(first.state()), "last.safetensors");
  second.set_steps_taken(first.steps_taken());
  for (int step = 6; step < 9; ++step) {
    whole.write_grad(gradient(step));
    resumed.write_grad(gradient(step));
    first.step(1, step);
    second.step(1, step);
  }
  EXPECT_EQ(whole.read(), resumed.read());  // the same bits
}

TEST(Optimizer, ResumesWithTheSameBits) {
  expect_resumes<Sgd>(SgdOptions{.momentum = 0.9});
  expect_resumes<Adam>(AdamOptions{});
  expect_resumes<RmsProp>(RmsPropOptions{.momentum = 0.9, .epsilon = 1});
}

TEST(Optimizer, RejectsAnotherOptimizersStateUnchanged) {
  Pair pair, other;
  Adam adam(one_group(pair, 0.1), {});
  Sgd heavy(one_group(other, 0.1), {.momentum = 0.9});
  const std::vector<OptimizerState> state = copy_of(adam.state());
  EXPECT_ERROR(kData, "last.safetensors: the optimizer's state \"optimizer.all.momentum\" is missing",
               heavy.load_state(state, "last.safetensors"));
  std::vector<OptimizerState> more = copy_of(heavy.state());
  more.push_back({"optimizer.cnn.momentum", Tensor::zeros({1})});
  EXPECT_ERROR(kData, "\"optimizer.cnn.momentum\" is unknown", heavy.load_state(more, "last.safetensors"));
  std::vector<OptimizerState> shorter = state;
  shorter[0].tensor.write(std::vector<Real>(state[0].tensor.count(), 5).data(), state[0].tensor.count());
  shorter[1].tensor = Tensor::zeros({3});
  EXPECT_ERROR(kData, "\"optimizer.all.exp_avg_sq\" is float32 [3], but this run needs float32 [",
               adam.load_state(shorter, "last.safetensors"));
  for (const OptimizerState& entry : adam.state()) {
    for (Real value : entry.tensor.to_vector()) EXPECT_EQ(value, 0);
  }
  std::vector<OptimizerState> with_weights = state;
  with_weights.push_back({"cnn.conv1.weight", Tensor::zeros({1})});  // a weight in the same file: ignored
  adam.load_state(with_weights, "last.safetensors");
}

}  // namespace
}  // namespace tagloom

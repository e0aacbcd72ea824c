// Every op of the tape against central differences, in double: the loss is a fixed random weighting of the op's output.
#include "engine/tape/tape.h"

#include <gtest/gtest.h>

#include <functional>

#include "engine/nn/layers.h"
#include "engine/ops/ops.h"
#include "tools/bench/cases/random_array.h"

namespace tagloom {
namespace {

static_assert(sizeof(Real) == sizeof(double), "gradient checks need the double library");

Tensor random_tensor(Shape shape, uint64_t seed, double low = -1, double high = 1) {
  return Tensor::from(test::uniform_array<Real>(element_count(shape), seed, low, high), shape);
}

using Function = std::function<Var(Tape&, const std::vector<Var>&)>;

Var weighted_sum(const Var& y) {
  const int64_t n = y.value().count();
  const Var weights = y.tape().constant(random_tensor({1, n}, 99));
  return linear(reshape(y, {1, n}), weights, {});
}

double value_of(const Function& function, const std::vector<Tensor>& inputs) {
  Tape tape;
  std::vector<Var> vars;
  for (const Tensor& input : inputs) vars.push_back(tape.variable(input));
  return weighted_sum(function(tape, vars)).value().view({1}).item();
}

// Compares the gradient of every element of every input with (f(x + e) - f(x - e)) / 2e.
void check_gradients(const Function& function, const std::vector<Tensor>& inputs, double tolerance = 1e-6) {
  Tape tape;
  std::vector<Var> vars;
  for (const Tensor& input : inputs) vars.push_back(tape.variable(input));
  tape.backward(weighted_sum(function(tape, vars)));
  constexpr double kStep = 1e-5;
  for (size_t i = 0; i < inputs.size(); ++i) {
    ASSERT_TRUE(tape.grad(vars[i]).defined()) << "no gradient reached input " << i;
    const std::vector<Real> gradient = tape.grad(vars[i]).to_vector();
    for (int64_t j = 0; j < inputs[i].count(); ++j) {
      Real& x = inputs[i].data()[j];
      const Real kept = x;
      x = kept + kStep;
      const double above = value_of(function, inputs);
      x = kept - kStep;
      const double below = value_of(function, inputs);
      x = kept;
      const double expected = (above - below) / (2 * kStep);
      EXPECT_NEAR(gradient[j], expected, tolerance * (1 + std::abs(expected))) << "input " << i << " element " << j;
    }
  }
}

TEST(TapeGradient, Linear) {
  check_gradients([](Tape&, const auto& v) { return linear(v[0], v[1], v[2]); },
                  {random_tensor({3, 4}, 1), random_tensor({5, 4}, 2), random_tensor({5}, 3)});
}

// One layer, two layers, and three of which the last has no ReLU; dropout uses the same key each time.
TEST(TapeGradient, LinearRelu) {
  const std::vector<Tensor> inputs{random_tensor({3, 4}, 1), random_tensor({5, 4}, 2), random_tensor({5}, 3),
                                   random_tensor({6, 5}, 4), random_tensor({6}, 5),    random_tensor({2, 6}, 6),
                                   random_tensor({2}, 7)};
  for (const size_t layers : {1, 2, 3}) {
    for (const double probability : {0.0, 0.4}) {
      const auto stack = [&](Tape&, const std::vector<Var>& v) {
        std::vector<FullyConnected> parameters;
        for (size_t i = 0; i < layers; ++i) parameters.push_back({v[1 + 2 * i], v[2 + 2 * i]});
        return linear_relu(v[0], parameters, probability, layers < 3);
      };
      check_gradients(stack, {inputs.begin(), inputs.begin() + 1 + 2 * layers});
    }
  }
}

TEST(TapeGradient, LinearReluUsesOneLayerTwice) {
  check_gradients(
      [](Tape&, const auto& v) {
        return linear_relu(v[0], {{v[1], v[2]}, {v[1], v[2]}});
      },
      {random_tensor({3, 4}, 1), random_tensor({4, 4}, 2), random_tensor({4}, 3)});
}

// The same bits as separate linear, relu and dropout, and no gradient for a frozen layer.
TEST(TapeGradient, LinearReluMatchesSeparateOps) {
  const Tensor x = random_tensor({3, 4}, 1);
  const std::vector<Tensor> values{random_tensor({5, 4}, 2), random_tensor({5}, 3), random_tensor({2, 5}, 4),
                                   random_tensor({2}, 5)};
  for (const size_t first_trained : {0, 1, 2, 3}) {
    std::vector<std::vector<Real>> gradients[2];
    for (const bool fused : {false, true}) {
      Tape tape(Tape::kRecord, 5, 6);
      std::vector<Var> v;
      for (size_t i = 0; i < 4; ++i) v.push_back(i < first_trained ? tape.constant(values[i]) : tape.variable(values[i]));
      const Var input = tape.constant(x);
      const Var y = fused ? linear_relu(input, {{v[0], v[1]}, {v[2], v[3]}}, 0.4)
                          : relu(linear(dropout(relu(linear(input, v[0], v[1])), 0.4), v[2], v[3]));
      gradients[fused].push_back(y.value().to_vector());
      tape.backward(weighted_sum(y));
      for (size_t i = 0; i < 4; ++i) {
        EXPECT_EQ(tape.grad(v[i]).defined(), i >= first_trained);
        if (i >= first_trained) gradients[fused].push_back(tape.grad(v[i]).to_vector());
      }
    }
    EXPECT_EQ(gradients[0], gradients[1]);
  }
}

TEST(TapeGradient, Conv2d) {
  check_gradients([](Tape&, const auto& v) { return conv2d(v[0], v[1], v[2], {.stride = 2, .padding = 1}); },
                  {random_tensor({2, 5, 4, 3}, 1), random_tensor({2, 3, 3, 3}, 2), random_tensor({2}, 3)});
}

TEST(TapeGradient, GroupedConv2d) {
  check_gradients([](Tape&, const auto& v) { return conv2d(v[0], v[1], v[2], {.stride = 2, .padding = 1, .groups = 2}); },
                  {random_tensor({2, 5, 4, 4}, 1), random_tensor({6, 3, 3, 2}, 2), random_tensor({6}, 3)});
}

// With and without bias, and with an input that is read twice: its gradients add up.
TEST(TapeGradient, Conv2dWithRelu) {
  const std::vector<Tensor> inputs{random_tensor({2, 5, 4, 3}, 1), random_tensor({2, 3, 3, 3}, 2), random_tensor({2}, 3)};
  const Conv2dOptions options{.stride = 2, .padding = 1, .relu = true};
  check_gradients([&](Tape&, const auto& v) { return conv2d(v[0], v[1], v[2], options); }, inputs);
  check_gradients([&](Tape&, const auto& v) { return conv2d(v[0], v[1], {}, options); }, {inputs.begin(), inputs.begin() + 2});
  check_gradients(
      [&](Tape&, const auto& v) {
        const Var y = conv2d(v[0], v[1], v[2], options);
        return add(multiply(y, y), conv2d(v[0], v[1], v[2], options));
      },
      inputs);
}

TEST(TapeGradient, BatchNormTraining) {
  check_gradients([](Tape&, const auto& v) { return batch_norm(v[0], v[1], v[2], Tensor::zeros({3}), Tensor::zeros({3}), {}); },
                  {random_tensor({2, 2, 2, 3}, 1), random_tensor({3}, 2), random_tensor({3}, 3)}, 1e-5);
}

TEST(TapeGradient, BatchNormFrozen) {
  const Tensor mean = random_tensor({3}, 8), variance = random_tensor({3}, 9, 0.5, 2);
  check_gradients([&](Tape&, const auto& v) { return batch_norm(v[0], v[1], v[2], mean, variance, {}, true); },
                  {random_tensor({4, 3}, 1), random_tensor({3}, 2), random_tensor({3}, 3)});
}

TEST(TapeGradient, BatchNormWithResidualAndRelu) {
  const Tensor mean = random_tensor({3}, 8), variance = random_tensor({3}, 9, 0.5, 2);
  const std::vector<Tensor> inputs{random_tensor({2, 2, 2, 3}, 1), random_tensor({3}, 2), random_tensor({3}, 3),
                                   random_tensor({2, 2, 2, 3}, 4)};
  for (const bool frozen : {false, true}) {
    for (const bool relu : {false, true}) {
      check_gradients(
          [&](Tape&, const auto& v) {
            return batch_norm(v[0], v[1], v[2], mean.clone(), variance.clone(), {}, frozen, {.residual = v[3], .relu = relu});
          },
          inputs, 1e-5);
      check_gradients(  // x is also the residual: both gradients add up
          [&](Tape&, const auto& v) {
            return batch_norm(v[0], v[1], v[2], mean.clone(), variance.clone(), {}, frozen, {.residual = v[0], .relu = relu});
          },
          {inputs[0], inputs[1], inputs[2]}, 1e-5);
    }
  }
}

TEST(TapeGradient, Pools) {
  check_gradients([](Tape&, const auto& v) { return max_pool2d(v[0], {.size = 3, .stride = 2, .padding = 1}); },
                  {random_tensor({2, 5, 5, 2}, 1)});
  check_gradients([](Tape&, const auto& v) { return average_pool2d(v[0], {.size = 2, .stride = 2, .ceil_mode = true}); },
                  {random_tensor({2, 5, 4, 2}, 1)});
  check_gradients([](Tape&, const auto& v) { return global_average_pool(v[0]); }, {random_tensor({2, 3, 3, 2}, 1)});
  check_gradients([](Tape&, const auto& v) { return adaptive_average_pool(v[0], 2); }, {random_tensor({1, 4, 4, 2}, 1)});
  check_gradients([](Tape&, const auto& v) { return adaptive_average_pool(v[0], 3); }, {random_tensor({1, 2, 4, 2}, 1)});
}

TEST(TapeGradient, Elementwise) {
  const std::vector<Tensor> x{random_tensor({3, 5}, 4)}, pair{random_tensor({3, 5}, 4), random_tensor({3, 5}, 5)};
  check_gradients([](Tape&, const auto& v) { return relu(v[0]); }, x);
  check_gradients([](Tape&, const auto& v) { return tanh(v[0]); }, x);
  check_gradients([](Tape&, const auto& v) { return sigmoid(v[0]); }, x);
  check_gradients([](Tape&, const auto& v) { return signed_root(softmax(v[0])); }, x);  // away from the pole at 0
  check_gradients([](Tape&, const auto& v) { return softmax(v[0]); }, x);
  check_gradients([](Tape&, const auto& v) { return add(softmax(v[0]), multiply(v[0], softmax(v[0]))); }, x);
  check_gradients([](Tape&, const auto& v) { return scale(v[0], 2.5); }, x);
  check_gradients([](Tape&, const auto& v) { return add(v[0], v[1]); }, pair);
  check_gradients([](Tape&, const auto& v) { return multiply(v[0], v[1]); }, pair);
  check_gradients([](Tape&, const auto& v) { return dropout(v[0], 0.4); }, x);
}

TEST(TapeGradient, AccumulatesOverTwoUses) {
  check_gradients([](Tape&, const auto& v) { return multiply(v[0], v[0]); }, {random_tensor({2, 3}, 1)});
  check_gradients([](Tape&, const auto& v) { return add(tanh(v[0]), add(v[0], v[0])); }, {random_tensor({2, 3}, 1)});
}

TEST(TapeGradient, Embedding) {
  const Tensor id = Tensor::from(std::vector<int32_t>{2, 0, 2, -1}, {4});
  check_gradients([&](Tape&, const auto& v) { return embedding(v[0], id); }, {random_tensor({3, 4}, 1)});
}

TEST(TapeGradient, ConcatStackSlice) {
  check_gradients(
      [](Tape&, const auto& v) {
        return concat_columns({v[0], v[1], v[0]});
      },
      {random_tensor({3, 2}, 1), random_tensor({3, 4}, 2)});
  check_gradients(
      [](Tape&, const auto& v) {
        return stack_steps({v[0], v[1], v[0]});
      },
      {random_tensor({3, 2}, 1), random_tensor({3, 2}, 2)});
  check_gradients([](Tape&, const auto& v) { return add(slice_columns(v[0], 1, 3), slice_columns(v[0], 2, 4)); },
                  {random_tensor({3, 5}, 1)});
}

TEST(TapeGradient, LstmOverThreeSteps) {
  check_gradients(
      [](Tape&, const auto& v) {
        LstmState state{v[1], v[2]};
        for (int t = 0; t < 3; ++t) state = lstm_gates(v[0], state, v[3], v[4]);
        return concat_columns({state.h, state.c});
      },
      {random_tensor({2, 12}, 1), random_tensor({2, 3}, 2), random_tensor({2, 3}, 3), random_tensor({12, 3}, 4),
       random_tensor({12}, 5)});
}

// The inputs of lstm_decode: input gates, W_hh, W_out, b_out, and h0, c0 unless the loop starts from zeros.
std::vector<Tensor> decode_inputs(int64_t rows, bool start) {
  std::vector<Tensor> inputs{random_tensor({rows, 12}, 1), random_tensor({12, 3}, 2), random_tensor({4, 3}, 3),
                             random_tensor({4}, 4)};
  if (start) inputs.insert(inputs.end(), {random_tensor({2, 3}, 5), random_tensor({2, 3}, 6)});
  return inputs;
}

LstmDecoded decode(const std::vector<Var>& v, kernels::Feed feed, int64_t steps) {
  return lstm_decode(v[0], v[1], v[2], v[3], v.size() > 4 ? LstmState{v[4], v[5]} : LstmState{}, {.steps = steps, .feed = feed});
}

TEST(TapeGradient, LstmDecode) {
  for (const int64_t steps : {1, 2, 4}) {
    check_gradients([&](Tape&, const auto& v) { return decode(v, kernels::Feed::kWinner, steps).logits; },
                    decode_inputs(5, true));
    check_gradients([&](Tape&, const auto& v) { return decode(v, kernels::Feed::kOwnRow, steps).logits; },
                    decode_inputs(2, true));
  }
  check_gradients([](Tape&, const auto& v) { return decode(v, kernels::Feed::kOwnRow, 3).logits; }, decode_inputs(2, false));
}

TEST(TapeGradient, LstmDecodeAccumulates) {
  check_gradients(
      [](Tape&, const auto& v) {
        const Var one = decode(v, kernels::Feed::kWinner, 3).logits, two = decode(v, kernels::Feed::kWinner, 3).logits;
        return add(one, tanh(two));
      },
      decode_inputs(5, true));
  check_gradients(  // h0 and c0 are the same value
      [](Tape&, const auto& v) {
        return lstm_decode(v[0], v[1], v[2], v[3], {v[4], v[4]}, {.steps = 2}).logits;
      },
      [] {
        std::vector<Tensor> inputs = decode_inputs(5, true);
        inputs.pop_back();
        return inputs;
      }());
}

TEST(TapeGradient, SoftmaxXent) {
  const Tensor target = Tensor::from(std::vector<int32_t>{1, -1, 3}, {3}), scale = random_tensor({3}, 7, 0.1, 1);
  check_gradients([&](Tape&, const auto& v) { return softmax_xent(v[0], target, scale); }, {random_tensor({3, 4}, 1, -3, 3)});
  check_gradients([&](Tape&, const auto& v) { return softmax_xent(v[0], target, scale, 0.1); },
                  {random_tensor({3, 4}, 1, -3, 3)});
}

TEST(TapeGradient, SigmoidMaskedBce) {
  const Tensor labels = Tensor::from(std::vector<uint8_t>{1, 1, 0, 0, 0, 1, 0, 1}, {2, 4});
  const Tensor emitted = Tensor::from(std::vector<int32_t>{0, 3, 1, 1, 2, 0}, {3, 2});
  for (const auto mask : {kernels::BceMask::kNone, kernels::BceMask::kPrevious, kernels::BceMask::kCumulative}) {
    for (const auto gate : {kernels::StepGate::kAll, kernels::StepGate::kLabelCount}) {
      check_gradients([&](Tape&, const auto& v) { return sigmoid_masked_bce(v[0], labels, emitted, mask, gate, 0.7); },
                      {random_tensor({3, 2, 4}, 1, -3, 3)});
    }
  }
}

TEST(TapeGradient, Diversity) {
  const Tensor pair_scale = random_tensor({3, 2}, 7, 0.1, 1);
  check_gradients([&](Tape&, const auto& v) { return diversity(v[0], pair_scale, 0.3); }, {random_tensor({3, 2, 4}, 1, 0, 1)});
}

TEST(TapeGradient, LabelMaxPool) {
  check_gradients([](Tape&, const auto& v) { return label_max_pool(v[0]); }, {random_tensor({3, 2, 4}, 1)});
}

TEST(TapeGradient, ResidualAttention) {
  const std::vector<std::vector<Real>> heads{{1}, {1, 99}, {1, 2, 4, 99}};
  for (const std::vector<Real>& temperatures : heads) {
    check_gradients([&](Tape&, const auto& v) { return residual_attention(v[0], temperatures, 0.3); },
                    {random_tensor({2, 5, 3}, 1, -2, 2)});
  }
}

TEST(TapeGradient, NormalizeRows) {
  check_gradients([](Tape&, const auto& v) { return normalize_rows(v[0]); }, {random_tensor({3, 4}, 1)});
}

TEST(TapeGradient, TagLosses) {
  const Tensor labels = Tensor::from(std::vector<uint8_t>{1, 0, 0, 1, 0, 1, 0, 0}, {2, 4});
  const std::vector<Tensor> logits{random_tensor({2, 4}, 1, -3, 3)};
  check_gradients([&](Tape&, const auto& v) { return lsep(v[0], labels, 0.7); }, logits);
  check_gradients([&](Tape&, const auto& v) { return hinge_rank(v[0], labels, {2, 4, kernels::HingeRank::kWarp}, 0.7); }, logits);
  check_gradients([&](Tape&, const auto& v) { return focal_bce(v[0], labels, {2, 4, 1, 4, 0.05, 1e-8}, 0.7); }, logits);
}

TEST(TapeGradient, AttentionOverTwoSteps) {  // two steps, so that the gradients of keys, weight and values accumulate
  const auto look = [](Tape&, const auto& v) {
    const Var first = attention(v[0], v[1], v[2], v[3]).seen;
    return attention(v[0], slice_columns(first, 0, 3), v[2], v[3]).seen;
  };
  check_gradients(look,
                  {random_tensor({2, 4, 3}, 1), random_tensor({2, 3}, 2), random_tensor({3}, 3), random_tensor({2, 4, 5}, 4)});
}

TEST(TapeGradient, ParametersAccumulateOverBackwardPasses) {
  Linear layer(3, 2);
  layer.reset({1, 2});
  std::vector<Real> once;
  for (int pass = 0; pass < 2; ++pass) {
    Tape tape;
    tape.backward(weighted_sum(layer(tape.constant(random_tensor({4, 3}, 6)))));
    const std::vector<Real> gradient = layer.weight.grad.to_vector();
    if (pass == 0) once = gradient;
    for (size_t i = 0; i < gradient.size(); ++i) EXPECT_DOUBLE_EQ(gradient[i], once[i] * (pass + 1));
  }
}

TEST(TapeGradient, FrozenParametersHaveNoGradient) {
  Linear layer(3, 2);
  layer.reset({1, 2});
  layer.weight.trainable = false;
  Tape tape;
  tape.backward(weighted_sum(layer(tape.constant(random_tensor({4, 3}, 6)))));
  EXPECT_FALSE(layer.weight.grad.defined());
  EXPECT_TRUE(layer.bias.grad.defined());
}

}  // namespace
}  // namespace tagloom

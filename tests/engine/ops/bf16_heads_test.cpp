// The ops of the taggers' heads in bfloat16: compares values and gradients with the same tape in float.
#include <gtest/gtest.h>

#include <functional>

#include "engine/ops/ops.h"
#include "tests/support/distance.h"
#include "tests/support/storage.h"
#include "tests/support/thrown_message.h"
#include "tools/bench/cases/random_array.h"

namespace tagloom {
namespace {

Tensor normal_tensor(Shape shape, uint64_t seed, double deviation = 1) {
  return Tensor::from(test::normal_array(element_count(shape), seed, deviation), shape);
}

struct Result {
  std::vector<Real> value;
  std::vector<std::vector<Real>> gradients;  // one per input
};

// `function` takes the inputs, rounded to bfloat16 for those in `stored`, and returns one number.
using Function = std::function<Var(Tape&, std::vector<Var>)>;
Result run(const std::vector<Tensor>& inputs, const std::vector<size_t>& stored, const Function& function) {
  Tape tape(Tape::kRecord, 5, 6);
  std::vector<Var> given, read;
  for (const Tensor& input : inputs) given.push_back(tape.variable(input));
  read = given;
  for (const size_t i : stored) read[i] = as_bf16(given[i]);
  const Var loss = function(tape, read);
  EXPECT_EQ(loss.value().dtype(), DType::kReal);
  tape.backward(loss);
  Result result{loss.value().to_vector(), {}};
  for (const Var& input : given) result.gradients.push_back(tape.grad(input).to_vector());
  return result;
}

// `bounds`: for the value, then for each gradient. Checks that rounding took place.
void expect_near_floats(const std::vector<Tensor>& inputs, const std::vector<size_t>& stored, const std::vector<double>& bounds,
                        const Function& function) {
  const Result narrow = run(inputs, stored, function), wide = run(inputs, {}, function);
  EXPECT_LT(test::distance(narrow.value, wide.value), bounds[0]);
  double furthest = 0;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const double away = test::distance(narrow.gradients[i], wide.gradients[i]);
    EXPECT_LT(away, bounds[i + 1]) << "input " << i;
    furthest = std::max(furthest, away);
  }
  EXPECT_GT(furthest, 1e-4);
}

Var weighted_sum(const Var& y) {
  const int64_t n = y.value().count();
  return linear(reshape(as_real(y), {1, n}), y.tape().constant(normal_tensor({1, n}, 99)), {});
}

constexpr int64_t kRows = 16, kHidden = 72, kSteps = 5;

const std::vector<Tensor>& lstm_inputs() {  // input gates, h, c, weight, bias
  static const std::vector<Tensor> inputs{normal_tensor({kRows, 4 * kHidden}, 1), normal_tensor({kRows, kHidden}, 2, 0.5),
                                          normal_tensor({kRows, kHidden}, 3), normal_tensor({4 * kHidden, kHidden}, 4, 0.12),
                                          normal_tensor({4 * kHidden}, 5, 0.2)};
  return inputs;
}

// Every step reads the same input gates, so their gradient is summed in bfloat16.
TEST(LstmGatesOp, Bf16MatchesFloat) {
  expect_near_floats(lstm_inputs(), {0, 1}, {5e-4, 0.006, 0.008, 0.006, 0.005, 0.005}, [](Tape&, const std::vector<Var>& v) {
    LstmState state{v[1], v[2]};
    for (int64_t t = 0; t < kSteps; ++t) state = lstm_gates(v[0], state, v[3], v[4]);
    EXPECT_EQ(state.h.value().dtype(), v[0].value().dtype());
    EXPECT_EQ(state.c.value().dtype(), DType::kReal);
    return add(weighted_sum(state.h), weighted_sum(state.c));
  });
}

// One step with inputs and weights that are exact in bfloat16: neither the product, before it is added to the input gates, nor c
// is rounded. h is rounded once.
TEST(LstmGatesOp, Bf16RoundsOnlyItsOutputs) {
  const auto bf16_values = [](const Tensor& tensor) {
    std::vector<Real> values;
    for (const Real value : tensor.to_vector()) values.push_back(Bf16(value));
    return Tensor::from(values, tensor.shape());
  };
  std::vector<Tensor> inputs = lstm_inputs();
  for (const size_t i : {0, 1, 3}) inputs[i] = bf16_values(inputs[i]);
  std::vector<std::vector<Real>> h, c;
  for (const bool bf16 : {false, true}) {
    Tape tape(Tape::kForwardOnly);
    std::vector<Var> v;
    for (const Tensor& input : inputs) v.push_back(tape.constant(input));
    const LstmState after = lstm_gates(bf16 ? as_bf16(v[0]) : v[0], {bf16 ? as_bf16(v[1]) : v[1], v[2]}, v[3], v[4]);
    h.push_back(as_real(bf16 ? after.h : as_bf16(after.h)).value().to_vector());
    c.push_back(after.c.value().to_vector());
  }
  EXPECT_LT(test::distance(c[1], c[0]), 1e-6);  // the order of sums
  EXPECT_LE(test::differing(h[1], h[0]), 2);    // the order of sums can change a rounding
}

TEST(LstmGatesOp, RejectsStatesOfAnotherType) {
  Tape tape;
  std::vector<Var> v;
  for (const Tensor& input : lstm_inputs()) v.push_back(tape.constant(input));
  const std::string want = "h must have the input gates' type, and c must be float32";
  const auto message = [&](const Var& gates, const Var& h, const Var& c) {
    return test::usage_error([&] { lstm_gates(gates, {h, c}, v[3], v[4]); });
  };
  EXPECT_EQ(message(as_bf16(v[0]), v[1], v[2]), "[lstm] input gates are bfloat16, h is float32, c is float32: " + want);
  EXPECT_EQ(message(v[0], as_bf16(v[1]), v[2]), "[lstm] input gates are float32, h is bfloat16, c is float32: " + want);
  EXPECT_EQ(message(v[0], v[1], as_bf16(v[2])), "[lstm] input gates are float32, h is float32, c is bfloat16: " + want);
}

// Two losses read the logits, so that gradients are summed.
TEST(SigmoidMaskedBceOp, Bf16MatchesFloat) {
  const Tensor labels = Tensor::from(test::flag_array(4 * 33, 2, 0.2), {4, 33});
  const Tensor emitted = Tensor::from(test::integer_array(3 * 4, 3, -1, 32), {3, 4});
  expect_near_floats({normal_tensor({3, 4, 33}, 1, 2)}, {0}, {2e-4, 0.0035}, [&](Tape&, const std::vector<Var>& v) {
    const auto loss = [&](kernels::BceMask mask, Real factor) {
      return sigmoid_masked_bce(v[0], labels, emitted, mask, kernels::StepGate::kAll, factor);
    };
    return add(scale(loss(kernels::BceMask::kPrevious, Real(0.3)), 2), loss(kernels::BceMask::kNone, 1));
  });
}

TEST(SoftmaxXentOp, Bf16MatchesFloat) {
  const Tensor target = Tensor::from(test::integer_array(12, 2, -1, 32), {12});
  const Tensor row_scale = Tensor::from(test::uniform_array(12, 3), {12});
  for (const Real smoothing : {Real(0), Real(0.1)}) {
    expect_near_floats({normal_tensor({12, 33}, 1, 2)}, {0}, {2e-4, 0.005}, [&](Tape&, const std::vector<Var>& v) {
      return add(scale(softmax_xent(v[0], target, row_scale, smoothing), 3), softmax_xent(v[0], target, row_scale));
    });
  }
}

// Two ops read the input: backward rounds the first gradient, then its sum with the second.
TEST(LabelMaxPoolOp, Bf16WidensOutputAndRoundsGradient) {
  constexpr int64_t kPairs = 4 * 33;
  std::vector<Real> x = test::normal_array(5 * kPairs, 1), best(kPairs), slopes(5 * kPairs, 0);
  const std::vector<Real> weights = normal_tensor({1, kPairs}, 99).to_vector();
  for (int64_t i = 0; i < kPairs; ++i) {
    const int64_t at = i % 5 * kPairs + i;
    x[at] += 10;
    best[i] = Bf16(x[at]);
    slopes[at] = Bf16(Bf16(weights[i]) + weights[i]);
  }
  Tape tape;
  const Var given = tape.variable(Tensor::from(x, {5, 4, 33})), stored = as_bf16(given), pooled = label_max_pool(stored);
  EXPECT_EQ(pooled.value().to_vector(), best);
  tape.backward(add(weighted_sum(pooled), weighted_sum(label_max_pool(stored))));
  EXPECT_EQ(tape.grad(given).to_vector(), slopes);
}

// The rows are the table's, rounded; their gradient is bf16 and is summed in float.
TEST(EmbeddingOp, ReturnsBf16RowsOnRequest) {
  const Tensor table = normal_tensor({6, 33}, 1), id = Tensor::from(std::vector<int32_t>{4, -1, 4, 0, 4, 5}, {6});
  Tape tape;
  const Var given = tape.variable(table), rows = embedding(given, id, DType::kBf16);
  EXPECT_EQ(rows.value().dtype(), DType::kBf16);
  EXPECT_EQ(test::widened(rows.value().to_vector<Bf16>()), test::rounded(embedding(given, id).value().to_vector()));
  tape.backward(weighted_sum(rows));
  const std::vector<Real> slopes = test::rounded(normal_tensor({6, 33}, 99).to_vector());
  std::vector<Real> expected(6 * 33, 0);
  for (const auto& [n, v] : {std::pair(0, 4), {2, 4}, {3, 0}, {4, 4}, {5, 5}}) {
    for (int64_t e = 0; e < 33; ++e) expected[v * 33 + e] += slopes[n * 33 + e];
  }
  EXPECT_EQ(tape.grad(given).to_vector(), expected);
}

TEST(EmbeddingOp, RejectsABf16Table) {
  Tape tape;
  const Var table = as_bf16(tape.constant(normal_tensor({2, 3}, 1)));
  EXPECT_EQ(test::usage_error([&] { embedding(table, Tensor::from(std::vector<int32_t>{1}, {1}), DType::kBf16); }),
            "[embedding] the table is bfloat16: it must be float32 for any type of rows");
}

}  // namespace
}  // namespace tagloom

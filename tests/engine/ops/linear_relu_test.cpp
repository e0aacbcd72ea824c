// linear_relu in bfloat16: matches its separate ops bit for bit, and the float version within bounds.
#include <gtest/gtest.h>

#include <cmath>

#include "engine/ops/ops.h"
#include "tests/support/distance.h"
#include "tools/bench/cases/random_array.h"

namespace tagloom {
namespace {

struct Result {
  std::vector<Real> y;
  std::vector<std::vector<Real>> gradients;  // of x and of each trained weight and bias
};

// Runs backward from random gradients of y. x is rounded if `bf16`.
template <class Function>
Result run(const std::vector<Tensor>& values, size_t first_trained, bool bf16, const Function& function) {
  Tape tape(Tape::kRecord, 5, 6);
  std::vector<Var> v;
  for (size_t i = 0; i < values.size(); ++i) {
    v.push_back(i < first_trained ? tape.constant(values[i]) : tape.variable(values[i]));
  }
  const Var y = function(bf16 ? as_bf16(v[0]) : v[0], v);
  const int64_t n = y.value().count();
  EXPECT_EQ(y.value().dtype(), DType::kReal);
  tape.backward(linear(reshape(y, {1, n}), tape.constant(Tensor::from(test::normal_array(n, 99), {1, n})), {}));
  Result result{y.value().to_vector(), {}};
  for (size_t i = 0; i < v.size(); ++i) {
    EXPECT_EQ(tape.grad(v[i]).defined(), i >= first_trained) << i;
    if (i >= first_trained) result.gradients.push_back(tape.grad(v[i]).to_vector());
  }
  return result;
}

Tensor whole_tensor(Shape shape, uint64_t seed) {
  std::vector<Real> values;
  for (const Real value : test::uniform_array<Real>(element_count(shape), seed, -3, 3)) values.push_back(std::round(value));
  return Tensor::from(values, shape);
}

// Uses integers, so that only the rounding to bfloat16 matters and not the order of sums; dropout doubles the kept values.
TEST(LinearReluOp, Bf16MatchesSeparateOps) {
  const std::vector<Tensor> values{whole_tensor({7, 65}, 1), whole_tensor({33, 65}, 2), whole_tensor({33}, 3),
                                   whole_tensor({9, 33}, 4), whole_tensor({9}, 5)};
  for (const bool last_relu : {false, true}) {
    for (const Real probability : {Real(0), Real(0.5)}) {
      for (size_t first_trained = 0; first_trained < 5; ++first_trained) {
        const Result fused = run(values, first_trained, true, [&](const Var& x, const std::vector<Var>& v) {
          return linear_relu(x, {{v[1], v[2]}, {v[3], v[4]}}, probability, last_relu);
        });
        const Result parts = run(values, first_trained, true, [&](const Var& x, const std::vector<Var>& v) {
          const Var y = linear(as_bf16(dropout(relu(linear(x, v[1], v[2])), probability)), v[3], v[4]);
          return last_relu ? relu(y) : y;
        });
        EXPECT_EQ(fused.y, parts.y);
        EXPECT_EQ(fused.gradients, parts.gradients) << "trained from " << first_trained << ", dropout " << probability;
      }
    }
  }
}

// Both use the same dropout mask. A value rounded across zero gains or loses its whole gradient, so gradients below the first
// ReLU differ more.
TEST(LinearReluOp, Bf16MatchesFloat) {
  const auto scaled = [](Shape shape, uint64_t seed) {
    std::vector<Real> values = test::normal_array(element_count(shape), seed);
    for (Real& value : values) value *= std::sqrt(Real(2) / shape.back());
    return Tensor::from(values, shape);
  };
  const std::vector<Tensor> values{scaled({16, 512}, 1), scaled({256, 512}, 2), scaled({256}, 3), scaled({256, 256}, 4),
                                   scaled({256}, 5),     scaled({40, 256}, 6),  scaled({40}, 7)};
  const auto three = [](const Var& x, const std::vector<Var>& v) {
    return linear_relu(x, {{v[1], v[2]}, {v[3], v[4]}, {v[5], v[6]}}, Real(0.5), false);
  };
  const Result narrow = run(values, 0, true, three), wide = run(values, 0, false, three);
  EXPECT_GT(test::distance(narrow.y, wide.y), 1e-4);  // rounding took place
  EXPECT_LT(test::distance(narrow.y, wide.y), 0.01);
  const double bounds[] = {0.07, 0.07, 0.07, 0.025, 0.025, 0.006, 1e-6};  // for x, then for weight and bias of each layer
  for (size_t i = 0; i < 7; ++i) EXPECT_LT(test::distance(narrow.gradients[i], wide.gradients[i]), bounds[i]) << i;
}

}  // namespace
}  // namespace tagloom

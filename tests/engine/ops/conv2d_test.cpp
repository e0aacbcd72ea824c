// conv2d with fused ReLU matches separate conv2d and relu bit for bit: sums and roundings are the same.
#include <gtest/gtest.h>

#include "engine/ops/ops.h"
#include "kernels/cnn/conv2d.h"
#include "tools/bench/cases/random_array.h"

namespace tagloom {
namespace {

Tensor normal_tensor(Shape shape, uint64_t seed) { return Tensor::from(test::normal_array(element_count(shape), seed), shape); }

// y and the gradients of x, filter and bias, starting at `first_trained`.
std::vector<std::vector<Real>> results(const kernels::Conv2dShape& s, bool bf16, bool with_bias, size_t first_trained,
                                       bool fused) {
  const std::vector<Tensor> values{normal_tensor({s.n, s.h, s.w, s.c}, 1), normal_tensor({s.k, s.r, s.s, s.c}, 2),
                                   normal_tensor({s.k}, 3)};
  Tape tape;
  std::vector<Var> v;
  for (size_t i = 0; i < 3; ++i) v.push_back(i < first_trained ? tape.constant(values[i]) : tape.variable(values[i]));
  const Conv2dOptions options{.stride = s.stride, .padding = s.padding, .relu = fused};
  Var y = conv2d(bf16 ? as_bf16(v[0]) : v[0], v[1], with_bias ? v[2] : Var(), options);
  if (!fused) y = relu(y);
  const int64_t n = y.value().count();
  const Var loss = linear(reshape(as_real(y), {1, n}), tape.constant(normal_tensor({1, n}, 4)), {});
  tape.backward(loss);
  std::vector<std::vector<Real>> all{as_real(y).value().to_vector()};
  for (size_t i = first_trained; i < (with_bias ? 3 : 2); ++i) all.push_back(tape.grad(v[i]).to_vector());
  return all;
}

TEST(Conv2dOp, FusedReluMatchesSeparateOps) {
  // n h w c, k r s, stride padding: odd sizes, VGG's first layer with 3 and with 8 channels, later ones
  for (const kernels::Conv2dShape& s : {kernels::Conv2dShape{1, 5, 6, 1, 3, 2, 3, 1, 1},
                                        {2, 9, 7, 16, 8, 3, 3, 2, 1},
                                        {1, 33, 31, 3, 64, 3, 3, 1, 1},
                                        {1, 33, 31, 8, 64, 3, 3, 1, 1},
                                        {1, 14, 14, 64, 128, 3, 3, 1, 1},
                                        {1, 7, 7, 128, 128, 3, 3, 1, 1}}) {
    for (const bool bf16 : {false, true}) {
      for (const bool with_bias : {false, true}) {
        for (const size_t first_trained : {0, 2}) {
          if (first_trained == 2 && !with_bias) continue;
          const auto expected = results(s, bf16, with_bias, first_trained, false);
          ASSERT_GT(expected.size(), 1u);
          EXPECT_EQ(results(s, bf16, with_bias, first_trained, true), expected)
              << s.c << " channels, bf16 " << bf16 << ", bias " << with_bias << ", trained from " << first_trained;
        }
      }
    }
  }
}

}  // namespace
}  // namespace tagloom

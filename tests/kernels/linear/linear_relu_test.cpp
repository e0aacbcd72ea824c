// linear_relu against values computed by hand, and against gemm and relu.
#include "kernels/linear/linear_relu.h"

#include <gtest/gtest.h>

#include "kernels/linear/bias.h"
#include "kernels/linear/gemm.h"
#include "kernels/math/activations.h"
#include "tools/bench/cases/random_array.h"

namespace tagloom::kernels {
namespace {

using Values = std::vector<float>;

TEST(LinearRelu, ForwardMatchesLiteralValues) {
  Queue q;
  const Values x{1, 2, -1, 3}, weight{1, 1, 2, -1, -1, 0.5f}, bias{0.5f, 1, -2};
  Values y(6);
  ReluMask mask;
  TL_ON_CPU(linear_relu_forward(q, {2, 2, 3}, x.data(), weight.data(), bias.data(), y.data(), mask));
  EXPECT_EQ(y, (Values{3.5f, 1, 0, 2.5f, 0, 0.5f}));  // before ReLU 3.5, 1, -2 and 2.5, -4, 0.5
  EXPECT_FALSE(mask.written);
}

TEST(LinearRelu, BackwardMatchesLiteralValues) {
  Queue q;
  const Values y{3.5f, 1, 0, 2.5f, 0, 0.5f}, dabove{1, -1, 2, 0}, above{1, 2, 3, -1, 0.5f, 4};
  Values dz(6), dbias{10, 20, 30};
  // dabove above = 2, 1.5, -1 and 2, 4, 6
  TL_ON_CPU(linear_relu_backward(q, {2, 2, 3}, dabove.data(), above.data(), y.data(), {}, dz.data(), dbias.data(), Into::kAdd));
  EXPECT_EQ(dz, (Values{2, 1.5f, 0, 2, 0, 6}));
  EXPECT_EQ(dbias, (Values{14, 21.5f, 36}));
  TL_ON_CPU(
      linear_relu_backward(q, {2, 2, 3}, dabove.data(), above.data(), y.data(), {}, dz.data(), dbias.data(), Into::kOverwrite));
  EXPECT_EQ(dbias, (Values{4, 1.5f, 6}));
}

TEST(LinearRelu, Bf16BackwardRoundsOnceAndSumsInFloat) {
  Queue q;
  const std::vector<Bf16> y{1.0f, 0.0f, 2.0f, 4.0f}, dabove{1.0f, 257.0f, 3.0f, 0.5f}, above{1.0f, 1.0f, 1.0f, 1.0f};
  std::vector<Bf16> dz(4);
  Values dbias{1000, 20};
  // dabove above = 1 + 256 and 3.5; 257 is not a bfloat16 and rounds to 256
  TL_ON_CPU(linear_relu_backward(q, {2, 2, 2}, dabove.data(), above.data(), y.data(), {}, dz.data(), dbias.data(), Into::kAdd));
  EXPECT_EQ((Values{dz[0], dz[1], dz[2], dz[3]}), (Values{256, 0, 3.5f, 3.5f}));
  EXPECT_EQ(dbias, (Values{1259.5f, 23.5f}));
}

TEST(LinearRelu, EmptySumIsTheBias) {
  Queue q;
  const Values bias{-1, 2};
  Values y(4, 7);
  ReluMask mask;
  TL_ON_CPU(linear_relu_forward(q, {2, 0, 2}, bias.data(), bias.data(), bias.data(), y.data(), mask));
  EXPECT_EQ(y, (Values{0, 2, 0, 2}));
}

// bfloat16 is rounded once; a separate ReLU does not change forward's rounding.
template <class In, class Out>
void expect_gemm_and_relu(double tolerance) {
  Queue q;
  const int64_t n = 17, k = 65, m = 33;
  const auto x = test::uniform_array<In>(n * k, 1, -1, 1), weight = test::uniform_array<In>(m * k, 2, -1, 1);
  const auto bias = test::uniform_array<Out>(m, 3, -1, 1);
  std::vector<Out> y(n * m), expected(n * m);
  ReluMask mask;
  TL_ON_CPU(linear_relu_forward(q, {n, k, m}, x.data(), weight.data(), bias.data(), y.data(), mask));
  TL_ON_CPU(gemm(q, {n, m, k, false, true}, x.data(), weight.data(), bias.data(), expected.data(), Into::kOverwrite));
  TL_ON_CPU(relu_forward(q, n * m, expected.data(), expected.data()));
  int zeros = 0;
  for (int64_t i = 0; i < n * m; ++i) {
    EXPECT_NEAR(float(y[i]), float(expected[i]), tolerance) << i;
    zeros += float(y[i]) == 0;
  }
  EXPECT_GT(zeros, n * m / 4);
  EXPECT_LT(zeros, n * m * 3 / 4);
}

TEST(LinearRelu, MatchesGemmAndRelu) {
  expect_gemm_and_relu<float, float>(1e-5);
  expect_gemm_and_relu<Bf16, Bf16>(0.04);  // one unit in the last place of values below 16
  expect_gemm_and_relu<Bf16, float>(1e-5);
}

TEST(LinearRelu, RejectsNegativeSizes) {
  Queue q;
  float x = 0;
  ReluMask mask;
  EXPECT_THROW(TL_ON_CPU(linear_relu_forward(q, {1, -1, 1}, &x, &x, &x, &x, mask)), Error);
  EXPECT_THROW(TL_ON_CPU(linear_relu_backward(q, {1, 1, -1}, &x, &x, &x, mask, &x, &x, Into::kOverwrite)), Error);
}

TEST(LinearRelu, MaskRowsAreMultiplesOf128Bits) {
  EXPECT_EQ(relu_mask_row_bits(4096), 4096);
  EXPECT_EQ(relu_mask_row_bits(1), 128);
  EXPECT_EQ(relu_mask_row_bits(129), 256);
  EXPECT_EQ(relu_mask_bytes(3, 129), 3 * 32);
}

}  // namespace
}  // namespace tagloom::kernels

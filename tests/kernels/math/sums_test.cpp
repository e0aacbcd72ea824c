// sum, bias_backward and the gradient norm: literal values, and sums that a naive float accumulator gets wrong.
#include <gtest/gtest.h>

#include <cmath>

#include "kernels/linear/bias.h"
#include "kernels/math/arithmetic.h"
#include "kernels/optim/grad_norm.h"

namespace tagloom::kernels {
namespace {

TEST(Sum, IsExactBeyondAFloatAccumulator) {
  Queue q;
  const int64_t n = (1 << 24) + 4000;  // in float, 2^24 + 1 is 2^24 again
  const std::vector<Real> ones(n, 1);
  Real y = 0;
  TL_ON_CPU(sum(q, n, ones.data(), &y, Into::kOverwrite));
  EXPECT_EQ(y, static_cast<Real>(n));
}

TEST(Sum, EmptySumIsZero) {
  Queue q;
  Real y = 5;
  TL_ON_CPU(sum(q, 0, nullptr, &y, Into::kAdd));
  EXPECT_EQ(y, 5);
  TL_ON_CPU(sum(q, 0, nullptr, &y, Into::kOverwrite));
  EXPECT_EQ(y, 0);
}

TEST(BiasBackward, SumsColumns) {
  Queue q;
  const std::vector<Real> dy{1, 2, 3, 10, 20, 30};
  std::vector<Real> dbias{100, 100, 100};
  TL_ON_CPU(bias_backward(q, 2, 3, dy.data(), dbias.data(), Into::kAdd));
  EXPECT_EQ(dbias, (std::vector<Real>{111, 122, 133}));
  TL_ON_CPU(bias_backward(q, 0, 3, dy.data(), dbias.data(), Into::kOverwrite));
  EXPECT_EQ(dbias, (std::vector<Real>{0, 0, 0}));
}

TEST(BiasBackward, MasksByRelu) {
  Queue q;
  const std::vector<Real> y{1, 0, 2, 3, 1, -0.0}, dy{1, 2, 3, 10, 20, 30};
  std::vector<Real> dz(6, 77), dbias{100, 100, 100};
  TL_ON_CPU(relu_bias_backward(q, 2, 3, y.data(), dy.data(), dz.data(), dbias.data(), Into::kAdd));
  EXPECT_EQ(dz, (std::vector<Real>{1, 0, 3, 10, 20, 0}));
  EXPECT_EQ(dbias, (std::vector<Real>{111, 120, 103}));
  const std::vector<Bf16> narrow_y{1.0f, 0.0f, 2.0f, 3.0f};
  std::vector<Bf16> narrow{1.0f, 2.0f, 0.5f, 0.25f};
  TL_ON_CPU(relu_bias_backward(q, 2, 2, narrow_y.data(), narrow.data(), narrow.data(), dbias.data(), Into::kOverwrite));
  EXPECT_EQ(dbias, (std::vector<Real>{1.5, 0.25, 103}));
  EXPECT_EQ(static_cast<float>(narrow[1]), 0.0f);
}

TEST(BiasBackward, SumsManyRowsAccurately) {
  Queue q;
  const int64_t rows = 100001, cols = 3;
  std::vector<Real> dy(rows * cols);
  for (int64_t i = 0; i < rows * cols; ++i) dy[i] = static_cast<Real>(i % 3 == 0 ? 0.1 : i % 3 == 1 ? 1e4 * (i % 2 ? 1 : -1) : 1);
  std::vector<Real> dbias(cols);
  TL_ON_CPU(bias_backward(q, rows, cols, dy.data(), dbias.data(), Into::kOverwrite));
  EXPECT_NEAR(dbias[0], 10000.1, 1e-2);
  EXPECT_EQ(std::abs(dbias[1]), 1e4);  // 50001 of one sign, 50000 of the other
  EXPECT_EQ(dbias[2], 100001);
}

TEST(BiasBackward, ReadsBf16) {
  Queue q;
  const std::vector<Bf16> dy{1.0f, 2.0f, 0.5f, 0.25f};
  std::vector<Real> dbias(2);
  TL_ON_CPU(bias_backward(q, 2, 2, dy.data(), dbias.data(), Into::kOverwrite));
  EXPECT_EQ(dbias, (std::vector<Real>{1.5, 2.25}));
}

TEST(GradNorm, AccumulatesSquaresOverArrays) {
  Queue q;
  const std::vector<Real> a{3, 0}, b{-4};
  Real squares = 77, norm = 0, factor = 0;
  TL_ON_CPU(sum_of_squares(q, 2, a.data(), &squares, Into::kOverwrite));
  TL_ON_CPU(sum_of_squares(q, 1, b.data(), &squares, Into::kAdd));
  EXPECT_EQ(squares, 25);
  TL_ON_CPU(gradient_factor(q, &squares, nullptr, 0, &norm, &factor));
  EXPECT_EQ(norm, 5);
  EXPECT_EQ(factor, 1);
  TL_ON_CPU(gradient_factor(q, &squares, nullptr, 6, &norm, &factor));
  EXPECT_EQ(factor, 1);  // below the limit: untouched
  TL_ON_CPU(gradient_factor(q, &squares, nullptr, 2, &norm, &factor));
  EXPECT_NEAR(factor, 0.4, 1e-6);
}

TEST(GradNorm, SkipsTheStepIfNotFinite) {
  Queue q;
  for (Real bad : {Real(INFINITY), Real(NAN)}) {
    const std::vector<Real> g{1, bad, 2};
    Real squares = 0, norm = 0, factor = 0;
    TL_ON_CPU(sum_of_squares(q, 3, g.data(), &squares, Into::kOverwrite));
    TL_ON_CPU(gradient_factor(q, &squares, nullptr, 1, &norm, &factor));
    EXPECT_FALSE(std::isfinite(norm));
    EXPECT_EQ(factor, -1);
    squares = 4;
    TL_ON_CPU(gradient_factor(q, &squares, &bad, 1, &norm, &factor));  // only the loss is not finite
    EXPECT_EQ(norm, 2);
    EXPECT_EQ(factor, -1);
  }
}

}  // namespace
}  // namespace tagloom::kernels

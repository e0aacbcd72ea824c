// Dropout on the CPU, against the same generator in numpy and against literal values.
#include "kernels/math/dropout.h"

#include <gtest/gtest.h>

#include <numeric>

#include "tests/support/golden.h"

namespace tagloom::kernels {
namespace {

TEST(Dropout, MaskDependsOnTheKeyAndIsTheSameInBackward) {
  const test::Golden golden("hot_kernels_golden.txt");
  std::vector<Real> expected = golden.get<Real>("dropout.kept");
  for (Real& value : expected) value *= Real(4) / Real(3);
  const std::vector<Real> ones(41, 1);
  std::vector<Real> y(41), dx(41, 1);
  Queue q;
  TL_ON_CPU(dropout_forward(q, 41, Real(0.25), {7, 11}, ones.data(), y.data()));
  TL_ON_CPU(dropout_backward(q, 41, Real(0.25), {7, 11}, ones.data(), dx.data(), Into::kAdd));
  for (int i = 0; i < 41; ++i) {
    EXPECT_FLOAT_EQ(y[i], expected[i]) << i;
    EXPECT_FLOAT_EQ(dx[i], expected[i] + 1) << i;
  }
}

TEST(Dropout, Bf16DropsTheSameValuesAndRoundsOnce) {
  const int64_t n = 1000;
  const std::vector<Bf16> x(n, Bf16(1.5f));
  const std::vector<Real> wide(n, Real(1.5));
  std::vector<Bf16> y(n), dx(n, Bf16(1.0f));
  std::vector<Real> expected(n);
  Queue q;
  TL_ON_CPU(dropout_forward(q, n, Real(0.25), {7, 11}, wide.data(), expected.data()));  // 0 and 2
  TL_ON_CPU(dropout_forward(q, n, Real(0.25), {7, 11}, x.data(), y.data()));
  TL_ON_CPU(dropout_backward(q, n, Real(0.25), {7, 11}, x.data(), dx.data(), Into::kAdd));
  for (int64_t i = 0; i < n; ++i) {
    EXPECT_EQ(static_cast<float>(y[i]), expected[i]) << i;
    EXPECT_EQ(static_cast<float>(dx[i]), expected[i] + 1) << i;
  }
  TL_ON_CPU(dropout_forward(q, n, Real(0.1), {7, 11}, y.data(), y.data()));
  for (int64_t i = 0; i < n; ++i) {
    const float value = y[i];
    EXPECT_TRUE(value == 0 || value == static_cast<float>(Bf16(2 / 0.9f))) << i << " " << value;
  }
}

TEST(Dropout, DropsTheGivenShareAndKeepsTheMean) {
  const int64_t n = 100000;
  std::vector<Real> x(n, 1);
  Queue q;
  TL_ON_CPU(dropout_forward(q, n, Real(0.3), {1, 2}, x.data(), x.data()));
  const auto dropped = std::count(x.begin(), x.end(), Real(0));
  EXPECT_NEAR(static_cast<double>(dropped) / n, 0.3, 0.006);  // four standard deviations
  EXPECT_NEAR(std::accumulate(x.begin(), x.end(), 0.0) / n, 1.0, 0.01);
}

TEST(Dropout, RejectsInvalidProbabilities) {
  Queue q;
  Real x = 1;
  EXPECT_THROW(TL_ON_CPU(dropout_forward(q, 1, Real(1), {}, &x, &x)), Error);
  EXPECT_THROW(TL_ON_CPU(dropout_forward(q, 1, Real(-0.1), {}, &x, &x)), Error);
}

}  // namespace
}  // namespace tagloom::kernels

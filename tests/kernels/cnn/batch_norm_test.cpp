// batch_norm against PyTorch (tests/golden/batch_norm_golden.py), and where its rules end: few rows, large means, frozen parts.
#include "kernels/cnn/batch_norm.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/golden.h"
#include "tests/support/near.h"
#include "tests/support/random_array.h"

namespace tagloom::kernels {
namespace {

using test::near;

constexpr BatchNormShape kShape{24, 5};
constexpr Real kEpsilon = Real(1e-3), kMomentum = Real(0.2);
constexpr test::Tolerance kTolerance{2e-5, 1e-5};

struct BatchNormGolden : testing::Test {
  test::Golden golden{"batch_norm_golden.txt"};
  Queue q;
  std::vector<Real> x = golden.get<Real>("x"), dy = golden.get<Real>("dy");
  std::vector<Real> weight = golden.get<Real>("weight"), bias = golden.get<Real>("bias");
  std::vector<Real> running_mean = golden.get<Real>("running_mean");
  std::vector<Real> running_var = golden.get<Real>("running_var");
  std::vector<Real> mean = std::vector<Real>(5), rstd = std::vector<Real>(5), y = std::vector<Real>(120);
  std::vector<Real> dx = std::vector<Real>(120, 1), dweight = std::vector<Real>(5, 2), dbias = std::vector<Real>(5, 3);

  void expect(const std::string& name, const std::vector<Real>& actual, double offset = 0) {
    std::vector<double> expected = golden.get<double>(name);
    for (double& value : expected) value += offset;
    EXPECT_TRUE(near(name, "cpu≠torch", actual, expected, kTolerance));
  }
};

TEST_F(BatchNormGolden, Training) {
  cpu::batch_norm_train_forward(q, kShape, kEpsilon, kMomentum, x.data(), weight.data(), bias.data(), running_mean.data(),
                                running_var.data(), mean.data(), rstd.data(), y.data());
  expect("train.y", y);
  expect("train.running_mean", running_mean);
  expect("train.running_var", running_var);
  cpu::batch_norm_train_backward(q, kShape, x.data(), dy.data(), weight.data(), mean.data(), rstd.data(), dx.data(),
                                 dweight.data(), dbias.data(), Into::kOverwrite, Into::kOverwrite);
  expect("train.dx", dx);
  expect("train.dweight", dweight);
  expect("train.dbias", dbias);
}

TEST_F(BatchNormGolden, TrainingAddsToGradients) {
  cpu::batch_norm_train_forward(q, kShape, kEpsilon, kMomentum, x.data(), weight.data(), bias.data(), running_mean.data(),
                                running_var.data(), mean.data(), rstd.data(), y.data());
  cpu::batch_norm_train_backward(q, kShape, x.data(), dy.data(), weight.data(), mean.data(), rstd.data(), dx.data(),
                                 dweight.data(), dbias.data(), Into::kAdd, Into::kAdd);
  expect("train.dx", dx, 1);
  expect("train.dweight", dweight, 2);
  expect("train.dbias", dbias, 3);
}

TEST_F(BatchNormGolden, Evaluation) {
  cpu::batch_norm_eval_forward(q, kShape, kEpsilon, x.data(), weight.data(), bias.data(), running_mean.data(), running_var.data(),
                               y.data());
  expect("eval.y", y);
  cpu::batch_norm_eval_backward(q, kShape, kEpsilon, x.data(), dy.data(), weight.data(), running_mean.data(), running_var.data(),
                                dx.data(), dweight.data(), dbias.data(), Into::kOverwrite, Into::kAdd);
  expect("eval.dx", dx);
  expect("eval.dweight", dweight, 2);
  expect("eval.dbias", dbias, 3);
}

TEST_F(BatchNormGolden, UnwantedGradientsMayBeNull) {
  cpu::batch_norm_eval_backward(q, kShape, kEpsilon, x.data(), dy.data(), weight.data(), running_mean.data(), running_var.data(),
                                dx.data(), nullptr, nullptr, Into::kOverwrite, Into::kOverwrite);
  expect("eval.dx", dx);
  Real* none = nullptr;
  cpu::batch_norm_eval_backward(q, kShape, kEpsilon, x.data(), dy.data(), weight.data(), running_mean.data(), running_var.data(),
                                none, dweight.data(), dbias.data(), Into::kOverwrite, Into::kOverwrite);
  expect("eval.dbias", dbias);
}

TEST_F(BatchNormGolden, Bf16DiffersByItsRoundingOnly) {
  std::vector<Bf16> x16(x.begin(), x.end()), y16(120);
  std::vector<Real> rounded(x16.begin(), x16.end()), mean16(5), rstd16(5), means = running_mean, vars = running_var;
  cpu::batch_norm_train_forward(q, kShape, kEpsilon, kMomentum, x16.data(), weight.data(), bias.data(), means.data(), vars.data(),
                                mean16.data(), rstd16.data(), y16.data());
  cpu::batch_norm_train_forward(q, kShape, kEpsilon, kMomentum, rounded.data(), weight.data(), bias.data(), running_mean.data(),
                                running_var.data(), mean.data(), rstd.data(), y.data());
  EXPECT_EQ(mean16, mean);
  for (size_t i = 0; i < y.size(); ++i) EXPECT_EQ(float(y16[i]), float(Bf16(float(y[i])))) << i;
}

TEST(BatchNorm, AVarianceOfOneSurvivesAMeanOfTenThousand) {
  Queue q;
  const BatchNormShape shape{4096, 1};
  std::vector<Real> x(shape.rows), y(shape.rows);
  for (int64_t i = 0; i < shape.rows; ++i) x[i] = static_cast<Real>(10000 + (i % 2 ? 1 : -1));
  Real weight = 1, bias = 0, running_mean = 0, running_var = 0, mean, rstd;
  cpu::batch_norm_train_forward(q, shape, 0, 1, x.data(), &weight, &bias, &running_mean, &running_var, &mean, &rstd, y.data());
  EXPECT_EQ(mean, 10000);
  EXPECT_FLOAT_EQ(rstd, 1);
  EXPECT_FLOAT_EQ(running_var, 4096.0f / 4095.0f);
  EXPECT_FLOAT_EQ(y[1], 1);
}

TEST(BatchNorm, OneRowGivesTheBiasAndKeepsTheRunningVariance) {
  Queue q;
  std::vector<Real> x{3, -7}, weight{2, 2}, bias{0.5, -0.5}, running_mean{0, 0}, running_var{4, 9}, mean(2), rstd(2), y(2);
  cpu::batch_norm_train_forward(q, {1, 2}, Real(1e-5), Real(0.5), x.data(), weight.data(), bias.data(), running_mean.data(),
                                running_var.data(), mean.data(), rstd.data(), y.data());
  EXPECT_EQ(y, bias);
  EXPECT_EQ(running_var, (std::vector<Real>{4, 9}));
  EXPECT_EQ(running_mean, (std::vector<Real>{1.5, -3.5}));
}

TEST(BatchNorm, NoRowsChangeNothing) {
  Queue q;
  std::vector<Real> weight{2}, bias{1}, running_mean{5}, running_var{6}, mean{7}, rstd{8}, dweight{9}, dbias{9};
  Real* none = nullptr;
  cpu::batch_norm_train_forward(q, {0, 1}, Real(1e-5), Real(0.5), none, weight.data(), bias.data(), running_mean.data(),
                                running_var.data(), mean.data(), rstd.data(), none);
  EXPECT_EQ(running_mean[0], 5);
  EXPECT_EQ(running_var[0], 6);
  cpu::batch_norm_train_backward(q, {0, 1}, none, none, weight.data(), mean.data(), rstd.data(), none, dweight.data(),
                                 dbias.data(), Into::kOverwrite, Into::kOverwrite);
  EXPECT_EQ(dweight[0], 0);
  EXPECT_EQ(dbias[0], 0);
}

}  // namespace
}  // namespace tagloom::kernels

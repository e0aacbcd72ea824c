// batch_norm against PyTorch (tests/golden/batch_norm_golden.py), its tail against separate ops, and edge cases: few rows, large
// means, frozen parts.
#include "kernels/cnn/batch_norm.h"

#include <gtest/gtest.h>

#include <cmath>

#include "kernels/math/activations.h"
#include "kernels/math/arithmetic.h"
#include "tests/support/golden.h"
#include "tests/support/near.h"
#include "tools/bench/cases/random_array.h"

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

TEST_F(BatchNormGolden, TrainingMatchesPyTorch) {
  TL_ON_CPU(batch_norm_train_forward(q, kShape, kEpsilon, kMomentum, x.data(), weight.data(), bias.data(), running_mean.data(),
                                     running_var.data(), mean.data(), rstd.data(), y.data()));
  expect("train.y", y);
  expect("train.running_mean", running_mean);
  expect("train.running_var", running_var);
  TL_ON_CPU(batch_norm_train_backward(q, kShape, x.data(), dy.data(), weight.data(), mean.data(), rstd.data(), dx.data(),
                                      dweight.data(), dbias.data(), Into::kOverwrite, Into::kOverwrite));
  expect("train.dx", dx);
  expect("train.dweight", dweight);
  expect("train.dbias", dbias);
}

TEST_F(BatchNormGolden, AddsToGradientsInTraining) {
  TL_ON_CPU(batch_norm_train_forward(q, kShape, kEpsilon, kMomentum, x.data(), weight.data(), bias.data(), running_mean.data(),
                                     running_var.data(), mean.data(), rstd.data(), y.data()));
  TL_ON_CPU(batch_norm_train_backward(q, kShape, x.data(), dy.data(), weight.data(), mean.data(), rstd.data(), dx.data(),
                                      dweight.data(), dbias.data(), Into::kAdd, Into::kAdd));
  expect("train.dx", dx, 1);
  expect("train.dweight", dweight, 2);
  expect("train.dbias", dbias, 3);
}

TEST_F(BatchNormGolden, EvaluationMatchesPyTorch) {
  TL_ON_CPU(batch_norm_eval_forward(q, kShape, kEpsilon, x.data(), weight.data(), bias.data(), running_mean.data(),
                                    running_var.data(), y.data()));
  expect("eval.y", y);
  TL_ON_CPU(batch_norm_eval_backward(q, kShape, kEpsilon, x.data(), dy.data(), weight.data(), running_mean.data(),
                                     running_var.data(), dx.data(), dweight.data(), dbias.data(), Into::kOverwrite, Into::kAdd));
  expect("eval.dx", dx);
  expect("eval.dweight", dweight, 2);
  expect("eval.dbias", dbias, 3);
}

TEST_F(BatchNormGolden, GradientsMayBeNull) {
  TL_ON_CPU(batch_norm_eval_backward(q, kShape, kEpsilon, x.data(), dy.data(), weight.data(), running_mean.data(),
                                     running_var.data(), dx.data(), nullptr, nullptr, Into::kOverwrite, Into::kOverwrite));
  expect("eval.dx", dx);
  Real* none = nullptr;
  TL_ON_CPU(batch_norm_eval_backward(q, kShape, kEpsilon, x.data(), dy.data(), weight.data(), running_mean.data(),
                                     running_var.data(), none, dweight.data(), dbias.data(), Into::kOverwrite, Into::kOverwrite));
  expect("eval.dbias", dbias);
}

TEST_F(BatchNormGolden, TailsMatchPyTorch) {
  const std::vector<Real> residual = golden.get<Real>("residual");
  for (const std::string mode : {"train_relu", "train_add", "train_add_relu", "eval_relu", "eval_add", "eval_add_relu"}) {
    const bool adds = mode.find("_add") != std::string::npos, relu = mode.find("_relu") != std::string::npos;
    std::vector<uint8_t> bits(24 * mask_row_bytes<Real>(5));
    std::vector<Real> dresidual(120, 4), means = running_mean, vars = running_var;
    BatchNormTail<Real> tail;
    BatchNormTailGradient<Real> gradient;
    if (relu) gradient.bits = tail.bits = bits.data();
    if (adds) tail.residual = residual.data(), gradient.dresidual = dresidual.data(), gradient.dresidual_into = Into::kAdd;
    if (mode.starts_with("train")) {
      TL_ON_CPU(batch_norm_train_forward(q, kShape, kEpsilon, kMomentum, x.data(), weight.data(), bias.data(), means.data(),
                                         vars.data(), mean.data(), rstd.data(), y.data(), tail));
      TL_ON_CPU(batch_norm_train_backward(q, kShape, x.data(), dy.data(), weight.data(), mean.data(), rstd.data(), dx.data(),
                                          dweight.data(), dbias.data(), Into::kOverwrite, Into::kOverwrite, gradient));
    } else {
      TL_ON_CPU(batch_norm_eval_forward(q, kShape, kEpsilon, x.data(), weight.data(), bias.data(), means.data(), vars.data(),
                                        y.data(), tail));
      TL_ON_CPU(batch_norm_eval_backward(q, kShape, kEpsilon, x.data(), dy.data(), weight.data(), means.data(), vars.data(),
                                         dx.data(), dweight.data(), dbias.data(), Into::kOverwrite, Into::kOverwrite, gradient));
    }
    expect(mode + ".y", y);
    expect(mode + ".dx", dx);
    expect(mode + ".dweight", dweight);
    expect(mode + ".dbias", dbias);
    if (adds) expect(mode + ".dresidual", dresidual, 4);
  }
}

TEST_F(BatchNormGolden, Bf16DiffersByRoundingOnly) {
  std::vector<Bf16> x16(x.begin(), x.end()), y16(120);
  std::vector<Real> rounded(x16.begin(), x16.end()), mean16(5), rstd16(5), means = running_mean, vars = running_var;
  TL_ON_CPU(batch_norm_train_forward(q, kShape, kEpsilon, kMomentum, x16.data(), weight.data(), bias.data(), means.data(),
                                     vars.data(), mean16.data(), rstd16.data(), y16.data()));
  TL_ON_CPU(batch_norm_train_forward(q, kShape, kEpsilon, kMomentum, rounded.data(), weight.data(), bias.data(),
                                     running_mean.data(), running_var.data(), mean.data(), rstd.data(), y.data()));
  EXPECT_EQ(mean16, mean);
  for (size_t i = 0; i < y.size(); ++i) EXPECT_EQ(float(y16[i]), float(Bf16(float(y[i])))) << i;
}

// A training pass with residual and ReLU, fused and as separate ops.
template <class T>
struct BothWays {
  static constexpr BatchNormShape kMap{333, 21};  // neither rows nor mask bytes divide evenly
  static constexpr int64_t kCount = kMap.rows * kMap.c;
  Queue q;
  std::vector<T> x = test::normal_array<T>(kCount, 1, 2), residual = test::normal_array<T>(kCount, 2);
  std::vector<T> dy = test::normal_array<T>(kCount, 3), before = test::normal_array<T>(kCount, 4);
  std::vector<Real> weight = test::uniform_array(kMap.c, 5, -1.5, 1.5), bias = test::normal_array(kMap.c, 6);
  std::vector<Real> running_mean = std::vector<Real>(kMap.c), running_var = std::vector<Real>(kMap.c);
  std::vector<Real> mean = running_mean, rstd = running_mean;
  std::vector<uint8_t> bits = std::vector<uint8_t>(kMap.rows * mask_row_bytes<T>(kMap.c));
  struct Gradients {
    std::vector<T> dx = std::vector<T>(kCount), dresidual;
    std::vector<Real> dweight = std::vector<Real>(kMap.c), dbias = std::vector<Real>(kMap.c);
  };
  static bool same(const std::vector<T>& a, const std::vector<T>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
  }

  std::vector<T> forward(const BatchNormTail<T>& tail) {
    std::vector<T> y(kCount);
    TL_ON_CPU(batch_norm_train_forward(q, kMap, kEpsilon, kMomentum, x.data(), weight.data(), bias.data(), running_mean.data(),
                                       running_var.data(), mean.data(), rstd.data(), y.data(), tail));
    return y;
  }
  std::vector<T> fused() { return forward({residual.data(), bits.data()}); }
  std::vector<T> in_steps() {
    std::vector<T> y = forward({});
    TL_ON_CPU(add(q, kCount, y.data(), residual.data(), y.data()));
    TL_ON_CPU(relu_forward(q, kCount, y.data(), y.data()));
    return y;
  }
  void backward(const std::vector<T>& slope, const BatchNormTailGradient<T>& tail, Gradients& to) {
    TL_ON_CPU(batch_norm_train_backward(q, kMap, x.data(), slope.data(), weight.data(), mean.data(), rstd.data(), to.dx.data(),
                                        to.dweight.data(), to.dbias.data(), Into::kOverwrite, Into::kOverwrite, tail));
  }
  void expect_same_gradients(const std::vector<T>& y) {
    Gradients one{.dresidual = before}, steps = one;
    backward(dy, {bits.data(), one.dresidual.data(), Into::kAdd}, one);
    std::vector<T> dz(kCount);
    TL_ON_CPU(relu_backward(q, kCount, y.data(), dy.data(), dz.data(), Into::kOverwrite));
    TL_ON_CPU(accumulate(q, kCount, dz.data(), steps.dresidual.data()));
    backward(dz, {}, steps);
    EXPECT_TRUE(same(one.dx, steps.dx));
    EXPECT_TRUE(same(one.dresidual, steps.dresidual));
    EXPECT_EQ(one.dweight, steps.dweight);
    EXPECT_EQ(one.dbias, steps.dbias);
  }
};

TEST(BatchNormTails, MatchSeparateOpsBitForBit) {
  BothWays<Real> both;
  const std::vector<Real> y = both.fused();
  EXPECT_EQ(y, both.in_steps());
  both.expect_same_gradients(y);
}

TEST(BatchNormTails, RoundOnceInBf16) {
  BothWays<Bf16> both;
  BothWays<Real> exact;
  exact.x.assign(both.x.begin(), both.x.end());
  exact.residual.assign(both.residual.begin(), both.residual.end());
  const std::vector<Bf16> y = both.fused();
  const std::vector<Real> expected = exact.in_steps();
  EXPECT_TRUE(both.same(y, std::vector<Bf16>(expected.begin(), expected.end())));
  both.expect_same_gradients(y);  // here only the last step rounds
}

template <class T>
std::vector<int> mask_of(const std::vector<T>& residual, int64_t rows, int64_t c) {
  Queue q;
  std::vector<T> x(rows * c), y(rows * c);
  std::vector<Real> zeros(c), ones(c, 1);
  std::vector<uint8_t> bits(rows * mask_row_bytes<T>(c), 0xff);
  TL_ON_CPU(batch_norm_eval_forward(q, {rows, c}, 0, x.data(), ones.data(), zeros.data(), zeros.data(), ones.data(), y.data(),
                                    {residual.data(), bits.data()}));
  return {bits.begin(), bits.end()};
}

TEST(BatchNormTails, MaskBytesCoverSixteenBytesAndRowsStartANewByte) {
  EXPECT_EQ(mask_of<Real>({1, -1, 0, 2, -3, 4, /**/ 0, 1, 1, -1, 1, -1}, 2, 6), (std::vector<int>{0b1001, 0b10, 0b0110, 0b01}));
  EXPECT_EQ(mask_of<Bf16>({1, -1, 0, 2, -3, 4, 5, 6, 7, /**/ 0, 1, 1, -1, 1, -1, 0, 1, -1}, 2, 9),
            (std::vector<int>{0b11101001, 1, 0b10010110, 0}));
  EXPECT_EQ(mask_of<Bf16>({Bf16(1e-41f)}, 1, 1), std::vector<int>{0}) << "a value stored as 0 is not positive";
}

TEST(BatchNormTails, ReluMapsNanToZero) {
  Queue q;
  const Real nan = std::nanf("");
  std::vector<Real> x{nan, 1, nan}, zeros(3), ones(3, 1), y(3), dx(3), dy{2, 2, nan};
  std::vector<uint8_t> bits(1);
  std::vector<Real> separate = x;
  TL_ON_CPU(relu_forward(q, 3, x.data(), separate.data()));
  TL_ON_CPU(batch_norm_eval_forward(q, {1, 3}, 0, x.data(), ones.data(), zeros.data(), zeros.data(), ones.data(), y.data(),
                                    {nullptr, bits.data()}));
  EXPECT_EQ(y, separate);
  EXPECT_EQ(y, (std::vector<Real>{0, 1, 0}));
  EXPECT_EQ(bits[0], 0b010);
  Real* none = nullptr;
  TL_ON_CPU(batch_norm_eval_backward(q, {1, 3}, 0, x.data(), dy.data(), ones.data(), zeros.data(), ones.data(), dx.data(), none,
                                     none, Into::kOverwrite, Into::kOverwrite, {bits.data()}));
  EXPECT_EQ(dx[1], 2);
  std::vector<Real> dresidual(3);
  TL_ON_CPU(batch_norm_eval_backward(q, {1, 3}, 0, x.data(), dy.data(), ones.data(), zeros.data(), ones.data(), none, none, none,
                                     Into::kOverwrite, Into::kOverwrite, {bits.data(), dresidual.data()}));
  EXPECT_EQ(dresidual, (std::vector<Real>{0, 2, 0}));
  TL_ON_CPU(batch_norm_eval_forward(q, {1, 3}, 0, x.data(), ones.data(), zeros.data(), zeros.data(), ones.data(), y.data()));
  EXPECT_TRUE(std::isnan(y[0])) << "without ReLU, NaN stays NaN";
}

TEST(BatchNorm, UnitVarianceIsAccurateAtAMeanOfTenThousand) {
  Queue q;
  const BatchNormShape shape{4096, 1};
  std::vector<Real> x(shape.rows), y(shape.rows);
  for (int64_t i = 0; i < shape.rows; ++i) x[i] = static_cast<Real>(10000 + (i % 2 ? 1 : -1));
  Real weight = 1, bias = 0, running_mean = 0, running_var = 0, mean, rstd;
  TL_ON_CPU(
      batch_norm_train_forward(q, shape, 0, 1, x.data(), &weight, &bias, &running_mean, &running_var, &mean, &rstd, y.data()));
  EXPECT_EQ(mean, 10000);
  EXPECT_FLOAT_EQ(rstd, 1);
  EXPECT_FLOAT_EQ(running_var, 4096.0f / 4095.0f);
  EXPECT_FLOAT_EQ(y[1], 1);
}

TEST(BatchNorm, OneRowReturnsTheBiasAndKeepsTheRunningVariance) {
  Queue q;
  std::vector<Real> x{3, -7}, weight{2, 2}, bias{0.5, -0.5}, running_mean{0, 0}, running_var{4, 9}, mean(2), rstd(2), y(2);
  TL_ON_CPU(batch_norm_train_forward(q, {1, 2}, Real(1e-5), Real(0.5), x.data(), weight.data(), bias.data(), running_mean.data(),
                                     running_var.data(), mean.data(), rstd.data(), y.data()));
  EXPECT_EQ(y, bias);
  EXPECT_EQ(running_var, (std::vector<Real>{4, 9}));
  EXPECT_EQ(running_mean, (std::vector<Real>{1.5, -3.5}));
}

TEST(BatchNorm, NoRowsChangeNothing) {
  Queue q;
  std::vector<Real> weight{2}, bias{1}, running_mean{5}, running_var{6}, mean{7}, rstd{8}, dweight{9}, dbias{9};
  Real* none = nullptr;
  TL_ON_CPU(batch_norm_train_forward(q, {0, 1}, Real(1e-5), Real(0.5), none, weight.data(), bias.data(), running_mean.data(),
                                     running_var.data(), mean.data(), rstd.data(), none));
  EXPECT_EQ(running_mean[0], 5);
  EXPECT_EQ(running_var[0], 6);
  TL_ON_CPU(batch_norm_train_backward(q, {0, 1}, none, none, weight.data(), mean.data(), rstd.data(), none, dweight.data(),
                                      dbias.data(), Into::kOverwrite, Into::kOverwrite));
  EXPECT_EQ(dweight[0], 0);
  EXPECT_EQ(dbias[0], 0);
}

}  // namespace
}  // namespace tagloom::kernels

// batch_norm, tanh, sigmoid and bias_backward against central differences, in double.
#include <gtest/gtest.h>

#include "kernels/cnn/batch_norm.h"
#include "kernels/linear/bias.h"
#include "kernels/math/activations.h"
#include "tests/support/finite_difference.h"
#include "tests/support/near.h"
#include "tools/bench/cases/random_array.h"

namespace tagloom::kernels {
namespace {

constexpr test::Tolerance kTolerance{1e-7, 1e-6};

struct BatchNormGradient : testing::Test {
  static constexpr BatchNormShape kShape{90, 5};  // several chunks of rows; one whole and one partial mask byte
  Queue q;
  std::vector<Real> x = test::normal_array(450, 1, 2), dy = test::normal_array(450, 2), y = std::vector<Real>(450);
  std::vector<Real> weight = test::uniform_array(5, 3, 0.5, 1.5), bias = test::normal_array(5, 4);
  std::vector<Real> running_mean = test::normal_array(5, 5), running_var = test::uniform_array(5, 6, 0.5, 2);
  std::vector<Real> mean = std::vector<Real>(5), rstd = std::vector<Real>(5);
  std::vector<Real> dx = test::normal_array(450, 7), dweight{1, 2, 3, 4, 5}, dbias{4, 5, 6, 7, 8};

  // The three gradients, added to the current values of dx, dweight and dbias.
  template <class Forward>
  void check(const std::vector<Real>& dx0, const Forward& forward) {
    const auto loss = [&] {
      forward();
      return test::weighted_sum(y, dy);
    };
    const auto expect = [&](const char* name, const std::vector<Real>& actual, std::vector<Real> before,
                            std::vector<Real>& input) {
      const std::vector<double> slope = test::central_differences(input, loss);
      for (size_t i = 0; i < before.size(); ++i) before[i] += slope[i];
      EXPECT_TRUE(test::near(name, "backward≠difference", actual, before, kTolerance));
    };
    expect("dx", dx, dx0, x);
    expect("dweight", dweight, {1, 2, 3, 4, 5}, weight);
    expect("dbias", dbias, {4, 5, 6, 7, 8}, bias);
  }
};

TEST_F(BatchNormGradient, MatchesDifferencesInTraining) {
  const auto forward = [&] {
    std::vector<Real> means = running_mean, vars = running_var;
    cpu::batch_norm_train_forward(q, kShape, 1e-5, 0.1, x.data(), weight.data(), bias.data(), means.data(), vars.data(),
                                  mean.data(), rstd.data(), y.data());
  };
  forward();
  const std::vector<Real> before = dx;
  cpu::batch_norm_train_backward(q, kShape, x.data(), dy.data(), weight.data(), mean.data(), rstd.data(), dx.data(),
                                 dweight.data(), dbias.data(), Into::kAdd, Into::kAdd);
  check(before, forward);
}

TEST_F(BatchNormGradient, MatchesDifferencesInEvaluation) {
  const std::vector<Real> before = dx;
  cpu::batch_norm_eval_backward(q, kShape, 1e-5, x.data(), dy.data(), weight.data(), running_mean.data(), running_var.data(),
                                dx.data(), dweight.data(), dbias.data(), Into::kAdd, Into::kAdd);
  check(before, [&] {
    cpu::batch_norm_eval_forward(q, kShape, 1e-5, x.data(), weight.data(), bias.data(), running_mean.data(), running_var.data(),
                                 y.data());
  });
}

// No output is within a difference step of the kink.
void expect_far_from_zero(const std::vector<Real>& sums) {
  for (const Real sum : sums) EXPECT_GT(std::abs(sum), 1e-4);
}

TEST_F(BatchNormGradient, MatchesDifferencesWithResidualAndRelu) {
  std::vector<Real> residual = test::normal_array(450, 8), dresidual = test::normal_array(450, 9);
  std::vector<uint8_t> bits(90 * mask_row_bytes<Real>(5)), unused = bits;
  for (const bool training : {true, false}) {
    const auto forward = [&](const BatchNormTail<Real>& tail) {
      std::vector<Real> means = running_mean, vars = running_var;
      if (training) {
        cpu::batch_norm_train_forward(q, kShape, 1e-5, 0.1, x.data(), weight.data(), bias.data(), means.data(), vars.data(),
                                      mean.data(), rstd.data(), y.data(), tail);
      } else {
        cpu::batch_norm_eval_forward(q, kShape, 1e-5, x.data(), weight.data(), bias.data(), means.data(), vars.data(), y.data(),
                                     tail);
      }
    };
    forward({residual.data()});
    expect_far_from_zero(y);
    forward({residual.data(), bits.data()});
    dweight = {1, 2, 3, 4, 5}, dbias = {4, 5, 6, 7, 8};
    const std::vector<Real> dx_before = dx;
    std::vector<Real> expected = dresidual;
    const BatchNormTailGradient<Real> tail{bits.data(), dresidual.data(), Into::kAdd};
    if (training) {
      cpu::batch_norm_train_backward(q, kShape, x.data(), dy.data(), weight.data(), mean.data(), rstd.data(), dx.data(),
                                     dweight.data(), dbias.data(), Into::kAdd, Into::kAdd, tail);
    } else {
      cpu::batch_norm_eval_backward(q, kShape, 1e-5, x.data(), dy.data(), weight.data(), running_mean.data(), running_var.data(),
                                    dx.data(), dweight.data(), dbias.data(), Into::kAdd, Into::kAdd, tail);
    }
    const auto again = [&] { forward({residual.data(), unused.data()}); };
    check(dx_before, again);
    const std::vector<double> slope = test::central_differences(residual, [&] {
      again();
      return test::weighted_sum(y, dy);
    });
    for (size_t i = 0; i < expected.size(); ++i) expected[i] += slope[i];
    EXPECT_TRUE(test::near("dresidual", "backward≠difference", dresidual, expected, kTolerance));
  }
}

TEST(ActivationGradient, TanhSigmoidAndSignedRoot) {
  Queue q;
  std::vector<Real> x = test::normal_array(40, 1, 2), y(40), dx(40);
  const std::vector<Real> dy = test::normal_array(40, 2);
  const auto check = [&](const char* name, const auto& forward, const auto& backward) {
    const auto slope = test::central_differences(x, [&] {
      forward(q, 40, x.data(), y.data());
      return test::weighted_sum(y, dy);
    });
    forward(q, 40, x.data(), y.data());
    backward(q, 40, y.data(), dy.data(), dx.data(), Into::kOverwrite);
    EXPECT_TRUE(test::near(name, "backward≠difference", dx, slope, kTolerance));
  };
  check("tanh dx", cpu::tanh_forward, cpu::tanh_backward);
  check("sigmoid dx", cpu::sigmoid_forward, cpu::sigmoid_backward);
  for (Real& value : x) value += std::copysign(Real(0.5), value);  // away from the pole at 0
  check("signed_root dx", cpu::signed_root_forward, cpu::signed_root_backward);
}

TEST(BiasGradient, MatchesDifferences) {
  Queue q;
  std::vector<Real> bias = test::normal_array(4, 1), dbias(4);
  const std::vector<Real> dy = test::normal_array(200 * 4, 2);
  const auto slope = test::central_differences(bias, [&] {
    double loss = 0;
    for (int i = 0; i < 200 * 4; ++i) loss += dy[i] * bias[i % 4];
    return loss;
  });
  cpu::bias_backward(q, 200, 4, dy.data(), dbias.data(), Into::kOverwrite);
  EXPECT_TRUE(test::near("dbias", "backward≠difference", dbias, slope, kTolerance));
}

}  // namespace
}  // namespace tagloom::kernels

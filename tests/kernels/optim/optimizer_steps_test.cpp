// The optimizer steps against PyTorch over several steps (tests/golden/optimizers_golden.py), and against literal values where
// PyTorch's rule differs.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "kernels/optim/grad_norm.h"
#include "kernels/optim/optimizer_steps.h"
#include "tests/support/golden.h"
#include "tests/support/near.h"

namespace tagloom::kernels {
namespace {

constexpr int kSteps = 6;

// A pointer to a temporary, valid until the end of the statement.
template <class Step>
const Step* in_memory(const Step& step) {
  return &step;
}

// Calls step(t, g, w) for t = 0 .. 5 and compares the weights after each step with the golden variant.
void expect_golden(const std::string& variant,
                   const std::function<void(int, const std::vector<Real>&, std::vector<Real>&)>& step) {
  const test::Golden golden("optimizers_golden.txt");
  std::vector<Real> w = golden.get<Real>("start");
  for (int t = 0; t < kSteps; ++t) {
    step(t, golden.get<Real>(format("gradient.{}", t)), w);
    const std::string name = format("{}.{}", variant, t);
    ASSERT_TRUE(test::near(name, "cpu≠torch", w, golden.get<double>(name), {2e-6, 2e-6}));
  }
}

void expect_sgd(const std::string& variant, const SgdStep& rule) {
  Queue q;
  std::vector<Real> b(11);
  expect_golden(variant, [&](int, const std::vector<Real>& g, std::vector<Real>& w) {
    TL_ON_CPU(sgd_step(q, 11, &rule, nullptr, g.data(), w.data(), b.data(), nullptr));
  });
}

TEST(SgdStep, MatchesPyTorch) {
  expect_sgd("sgd", {Real(0.1), 0, false, {}});
  expect_sgd("sgd_momentum_decay", {Real(0.1), Real(0.9), false, {Real(0.05), false, 0}});
  expect_sgd("sgd_nesterov", {Real(0.1), Real(0.8), true, {Real(0.05), false, 0}});
}

TEST(SgdStep, ClipsByTheNormFactor) {
  Queue q;
  std::vector<Real> b(11);
  expect_golden("sgd_clip_norm", [&](int, const std::vector<Real>& g, std::vector<Real>& w) {
    Real squares, norm, factor;
    TL_ON_CPU(sum_of_squares(q, 11, g.data(), &squares, Into::kOverwrite));
    TL_ON_CPU(gradient_factor(q, &squares, nullptr, Real(1.5), &norm, &factor));
    TL_ON_CPU(
        sgd_step(q, 11, in_memory(SgdStep{Real(0.1), Real(0.9), false, {}}), &factor, g.data(), w.data(), b.data(), nullptr));
  });
}

TEST(SgdStep, NeedsNoStateWithoutMomentum) {
  Queue q;
  Real w = 1, g = 2;
  TL_ON_CPU(sgd_step(q, 1, in_memory(SgdStep{Real(0.5), 0, false, {}}), nullptr, &g, &w, nullptr, nullptr));
  EXPECT_EQ(w, 0);
  EXPECT_THROW(TL_ON_CPU(sgd_step(q, 1, in_memory(SgdStep{Real(0.5), Real(0.9), false, {}}), nullptr, &g, &w, nullptr, nullptr)),
               Error);
}

void expect_adam(const std::string& variant, double beta1, double beta2, double epsilon, const GradientRule& rule) {
  Queue q;
  std::vector<Real> m(11), v(11);
  expect_golden(variant, [&](int t, const std::vector<Real>& g, std::vector<Real>& w) {
    TL_ON_CPU(adam_step(q, 11, in_memory(AdamStep(0.02, beta1, beta2, epsilon, t + 1, rule)), nullptr, g.data(), w.data(),
                        m.data(), v.data(), nullptr));
  });
}

TEST(AdamStep, MatchesPyTorch) {
  expect_adam("adam", 0.8, 0.999, 1e-8, {});
  expect_adam("adam_decay", 0.9, 0.99, 1e-3, {Real(0.1), false, 0});
  expect_adam("adamw", 0.9, 0.99, 1e-8, {Real(0.1), true, 0});
}

TEST(RmsPropStep, MatchesPyTorchWithoutEpsilon) {
  Queue q;
  std::vector<Real> s(11), b(11);
  expect_golden("rmsprop", [&](int, const std::vector<Real>& g, std::vector<Real>& w) {
    TL_ON_CPU(rmsprop_step(q, 11, in_memory(RmsPropStep{Real(0.01), Real(0.9), 0, 0, {}}), nullptr, g.data(), w.data(), s.data(),
                           nullptr, nullptr));
  });
  s.assign(11, 0);
  expect_golden("rmsprop_momentum_decay", [&](int, const std::vector<Real>& g, std::vector<Real>& w) {
    TL_ON_CPU(rmsprop_step(q, 11, in_memory(RmsPropStep{Real(0.01), Real(0.9), Real(0.9), 0, {Real(0.05), false, 0}}), nullptr,
                           g.data(), w.data(), s.data(), b.data(), nullptr));
  });
}

TEST(RmsPropStep, MatchesTensorFlowWithEpsilonAndMeanSquareOne) {
  Queue q;
  const double g1 = 3, g2 = -0.5, rate = 1e-4;
  Real w = 0, s = 1, b = 0, g = static_cast<Real>(g1);
  const RmsPropStep rule{static_cast<Real>(rate), Real(0.9), Real(0.9), 1, {}};
  TL_ON_CPU(rmsprop_step(q, 1, &rule, nullptr, &g, &w, &s, &b, nullptr));
  const double s1 = 0.9 * 1 + 0.1 * g1 * g1, b1 = rate * g1 / std::sqrt(s1 + 1);
  EXPECT_NEAR(w, -b1, 1e-10);  // -1.8e-4
  EXPECT_NEAR(s, 1.8, 1e-6);
  g = static_cast<Real>(g2);
  TL_ON_CPU(rmsprop_step(q, 1, &rule, nullptr, &g, &w, &s, &b, nullptr));
  const double s2 = 0.9 * s1 + 0.1 * g2 * g2, b2 = 0.9 * b1 + rate * g2 / std::sqrt(s2 + 1);
  EXPECT_NEAR(b, b2, 1e-10);
  EXPECT_NEAR(w, -b1 - b2, 1e-10);
}

TEST(GradientRule, DecaysBeforeClipping) {
  const GradientRule rule{Real(0.5), false, Real(0.25)};
  EXPECT_EQ(rule.apply(1, Real(0.1), Real(1)), Real(0.25));       // 0.1 + 0.5
  EXPECT_EQ(rule.apply(1, Real(-0.625), Real(1)), Real(-0.125));  // -0.625 + 0.5: within the limits
  EXPECT_EQ(rule.apply(1, Real(-9), Real(1)), Real(-0.25));
  EXPECT_EQ(rule.apply(Real(0.5), Real(-1), Real(1)), Real(0));  // -0.5 + 0.5
  EXPECT_TRUE(std::isnan(rule.apply(1, Real(NAN), Real(1))));
}

TEST(OptimizerSteps, NegativeFactorSkipsTheStep) {
  Queue q;
  const std::vector<Real> g{NAN, 1}, before{1, 2}, factor{-1};
  std::vector<Real> w = before, one = before, two = before;
  std::vector<Bf16> copy{8.0f, 9.0f};
  TL_ON_CPU(
      sgd_step(q, 2, in_memory(SgdStep{1, Real(0.9), false, {}}), factor.data(), g.data(), w.data(), one.data(), copy.data()));
  TL_ON_CPU(adam_step(q, 2, in_memory(AdamStep(1, 0.9, 0.999, 1e-8, 1)), factor.data(), g.data(), w.data(), one.data(),
                      two.data(), copy.data()));
  TL_ON_CPU(rmsprop_step(q, 2, in_memory(RmsPropStep{1, Real(0.9), Real(0.9), 1, {}}), factor.data(), g.data(), w.data(),
                         one.data(), two.data(), copy.data()));
  EXPECT_EQ(w, before);
  EXPECT_EQ(one, before);
  EXPECT_EQ(two, before);
  EXPECT_EQ(float(copy[0]), 8.0f);
}

TEST(OptimizerSteps, CopyIsTheRoundedWeight) {
  Queue q;
  const std::vector<Real> g{0.3f, -0.7f, 0.1f};
  std::vector<Real> w{1, 2, 3}, one(3), two(3, 1);
  std::vector<Bf16> copy(3);
  const auto expect_copy = [&](const char* name) {
    for (int i = 0; i < 3; ++i) EXPECT_EQ(copy[i].bits, Bf16(static_cast<float>(w[i])).bits) << name << " " << i;
  };
  TL_ON_CPU(sgd_step(q, 3, in_memory(SgdStep{Real(0.1), 0, false, {}}), nullptr, g.data(), w.data(), nullptr, copy.data()));
  expect_copy("sgd");
  TL_ON_CPU(adam_step(q, 3, in_memory(AdamStep(0.1, 0.9, 0.999, 1e-8, 1)), nullptr, g.data(), w.data(), one.data(), two.data(),
                      copy.data()));
  expect_copy("adam");
  TL_ON_CPU(rmsprop_step(q, 3, in_memory(RmsPropStep{Real(0.1)}), nullptr, g.data(), w.data(), two.data(), nullptr, copy.data()));
  expect_copy("rmsprop");
}

}  // namespace
}  // namespace tagloom::kernels

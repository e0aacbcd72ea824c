// The losses of tag_losses.h on the CPU, against PyTorch; sampled pairs against a direct implementation; extreme scores.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "kernels/loss/tag_losses.h"
#include "tests/support/golden.h"
#include "tests/support/near.h"
#include "tools/bench/cases/random_array.h"

namespace tagloom::kernels {
namespace {

constexpr int64_t kN = 4, kV = 9;
constexpr test::Tolerance kTolerance{2e-6, 5e-6};

struct Written {
  std::vector<Real> loss, dlogits;
};

using Kernel = std::function<void(const Real* logits, const uint8_t* labels, Real* loss, Real* dlogits)>;

void expect_pytorchs(const std::string& name, const Kernel& kernel, bool in_place = true) {
  const test::Golden golden("tag_losses_golden.txt");
  std::vector<Real> logits = golden.get<Real>("logits");
  const std::vector<uint8_t> labels = golden.get<uint8_t>("labels");
  std::vector<Real> loss(kN), alone(kN), dlogits(kN * kV);
  kernel(logits.data(), labels.data(), loss.data(), dlogits.data());
  kernel(logits.data(), labels.data(), alone.data(), nullptr);
  EXPECT_TRUE(test::near(name + " loss", "cpu≠pytorch", loss, golden.get<double>(name + ".loss"), kTolerance));
  EXPECT_TRUE(test::near(name + " dlogits", "cpu≠pytorch", dlogits, golden.get<double>(name + ".dlogits"), kTolerance, {kN, kV}));
  EXPECT_EQ(loss, alone);
  if (!in_place) return;
  kernel(logits.data(), labels.data(), loss.data(), logits.data());
  EXPECT_EQ(logits, dlogits);
}

Kernel focal(FocalBceShape shape) {
  shape.n = kN, shape.v = kV;
  return [shape](const Real* x, const uint8_t* y, Real* loss, Real* dx) {
    Queue q;
    TL_ON_CPU(focal_bce(q, shape, x, y, Real(0.25), loss, dx));
  };
}

Kernel hinge(HingeRank kind) {
  return [kind](const Real* x, const uint8_t* y, Real* loss, Real* dx) {
    Queue q;
    TL_ON_CPU(hinge_rank(q, {kN, kV, kind}, x, y, {}, Real(0.25), loss, dx));
  };
}

TEST(FocalBce, MatchesPyTorch) {
  expect_pytorchs("bce", focal({.positive_weight = 3, .smoothing = Real(0.1)}));
  expect_pytorchs("focal", focal({.gamma_positive = 2, .gamma_negative = 2}));
  expect_pytorchs("asl", focal({.gamma_positive = 1, .gamma_negative = 4, .margin = Real(0.05), .epsilon = Real(1e-8)}));
}

TEST(Lsep, MatchesPyTorch) {
  expect_pytorchs("lsep", [](const Real* x, const uint8_t* y, Real* loss, Real* dx) {
    Queue q;
    TL_ON_CPU(lsep(q, {kN, kV}, x, y, Real(0.25), loss, dx));
  });
}

TEST(HingeRank, MatchesPyTorch) {
  expect_pytorchs("pairs", hinge(HingeRank::kPairs), false);
  expect_pytorchs("warp", hinge(HingeRank::kWarp), false);
}

// With logits of 1e4 nothing overflows, and the clamp of the asymmetric loss applies.
TEST(TagLosses, AreFiniteForExtremeScores) {
  Queue q;
  const std::vector<Real> x{10000, -10000, 10000, -10000};
  const std::vector<uint8_t> y{1, 0, 0, 1};
  std::vector<Real> loss(1), dx(4);
  TL_ON_CPU(focal_bce(q, {1, 4}, x.data(), y.data(), 1, loss.data(), dx.data()));
  EXPECT_EQ(loss[0], 20000);
  EXPECT_EQ(dx, (std::vector<Real>{0, 0, 1, -1}));
  TL_ON_CPU(
      focal_bce(q, {.n = 1, .v = 4, .gamma_negative = 4, .epsilon = Real(1e-8)}, x.data(), y.data(), 1, loss.data(), dx.data()));
  EXPECT_NEAR(loss[0], -2 * std::log(1e-8), 1e-4);
  EXPECT_EQ(dx, (std::vector<Real>{0, 0, 0, 0}));
  TL_ON_CPU(lsep(q, {1, 4}, x.data(), y.data(), 1, loss.data(), dx.data()));
  EXPECT_EQ(loss[0], 20000);
  EXPECT_EQ(dx, (std::vector<Real>{0, 0, 1, -1}));
}

// The definition in the header, step by step.
Written recounted(const HingeRankShape& shape, const std::vector<Real>& x, const std::vector<uint8_t>& y, RandomKey key) {
  Written written{std::vector<Real>(shape.n, 0), std::vector<Real>(x.size(), 0)};
  const bool warp = shape.kind == HingeRank::kSampledWarp;
  for (int64_t i = 0; i < shape.n; ++i) {
    int64_t true_tags = 0;
    for (int64_t v = 0; v < shape.v; ++v) true_tags += y[i * shape.v + v];
    for (int64_t p = 0; p < shape.v; ++p) {
      if (!y[i * shape.v + p]) continue;
      const int64_t most = warp ? shape.v - 1 : shape.most_pairs;
      int64_t s = 0;
      for (int64_t j = 0; j < (warp ? most : std::max<int64_t>(1, most / true_tags)); ++j) {
        const int64_t n = random_below(key, (i * shape.v + p) * most + j, static_cast<uint32_t>(shape.v));
        if (y[i * shape.v + n]) continue;
        ++s;
        const Real h = 1 - x[i * shape.v + p] + x[i * shape.v + n];
        if (h <= 0) continue;
        Real weight = warp ? 0 : 1;
        for (int64_t r = 1; warp && r <= (shape.v - 1) / s; ++r) weight += Real(1) / r;
        written.loss[i] += weight * h / 2;
        written.dlogits[i * shape.v + p] -= weight / 2;
        written.dlogits[i * shape.v + n] += weight / 2;
        if (warp) break;
      }
    }
  }
  return written;
}

TEST(HingeRank, SampledFormsMatchTheDefinition) {
  Queue q;
  const std::vector<Real> x = test::normal_array(600, 3);
  const std::vector<uint8_t> y = test::flag_array(600, 3, 0.2);
  for (const HingeRankShape& shape :
       {HingeRankShape{20, 30, HingeRank::kSampledPairs, 50}, HingeRankShape{20, 30, HingeRank::kSampledPairs, 1},
        HingeRankShape{20, 30, HingeRank::kSampledWarp}}) {
    std::vector<Real> loss(20), dx(600);
    TL_ON_CPU(hinge_rank(q, shape, x.data(), y.data(), {5, 6}, Real(0.5), loss.data(), dx.data()));
    const Written expected = recounted(shape, x, y, {5, 6});
    EXPECT_TRUE(test::near("hinge_rank loss", "cpu≠recount", loss,
                           std::vector<double>(expected.loss.begin(), expected.loss.end()), kTolerance));
    EXPECT_TRUE(test::near("hinge_rank dlogits", "cpu≠recount", dx,
                           std::vector<double>(expected.dlogits.begin(), expected.dlogits.end()), kTolerance, {20, 30}));
  }
}

// On average the number of draws estimates the rank: with one violator among 30 tags the weight is mostly between L(1) and L(29).
TEST(HingeRank, SampledWarpGivesLowRankedTagsMoreWeight) {
  Queue q;
  std::vector<Real> low(30, 1), high(30, 0);  // tag 0 is the true tag: below all others, or below one
  low[0] = 0;
  high[0] = 10;
  high[7] = 11;
  std::vector<uint8_t> y(30, 0);
  y[0] = 1;
  double weight_low = 0, weight_high = 0;
  for (uint64_t draw = 0; draw < 400; ++draw) {
    std::vector<Real> loss(1), dx(30);
    TL_ON_CPU(hinge_rank(q, {1, 30, HingeRank::kSampledWarp}, low.data(), y.data(), {draw, 1}, 1, loss.data(), dx.data()));
    weight_low -= dx[0] / 400;
    TL_ON_CPU(hinge_rank(q, {1, 30, HingeRank::kSampledWarp}, high.data(), y.data(), {draw, 1}, 1, loss.data(), dx.data()));
    weight_high -= dx[0] / 400;
  }
  EXPECT_NEAR(weight_low, 3.9617, 1e-3);  // L(29): the first other tag drawn is above it
  EXPECT_GT(weight_high, 0.5);
  EXPECT_LT(weight_high, 2);
}

}  // namespace
}  // namespace tagloom::kernels

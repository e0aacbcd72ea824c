// Additive attention on the CPU, against PyTorch and against literal values.
#include "kernels/lstm/attention.h"

#include <gtest/gtest.h>

#include "tests/support/golden.h"
#include "tests/support/near.h"

namespace tagloom::kernels {
namespace {

constexpr test::Tolerance kTolerance{1e-6, 1e-5};

TEST(Attention, MatchesPyTorch) {
  constexpr AttentionShape kShape{3, 4, 5, 6};
  const test::Golden golden("hot_kernels_golden.txt");
  const auto values = [&](const char* name) { return golden.get<Real>(std::string("attention.") + name); };
  const std::vector<Real> k = values("k"), q = values("q"), w = values("w"), v = values("v"), dz = values("dz");
  std::vector<Real> alpha(12), z(18), ds(12), dk(60, 1), dq(15), dw(15), dv(72, 2);
  Queue queue;
  TL_ON_CPU(attention_forward(queue, kShape, k.data(), q.data(), w.data(), v.data(), alpha.data(), z.data()));
  EXPECT_TRUE(test::near("attention alpha", "cpu≠torch", alpha, golden.get<double>("attention.alpha"), kTolerance, {3, 4}));
  EXPECT_TRUE(test::near("attention z", "cpu≠torch", z, golden.get<double>("attention.z"), kTolerance, {3, 6}));
  TL_ON_CPU(attention_backward(queue, kShape, k.data(), q.data(), w.data(), v.data(), alpha.data(), dz.data(), ds.data(),
                               dk.data(), Into::kOverwrite, dq.data(), dw.data(), dv.data(), Into::kOverwrite));
  EXPECT_TRUE(test::near("attention dk", "cpu≠torch", dk, golden.get<double>("attention.dk"), kTolerance, {3, 4, 5}));
  EXPECT_TRUE(test::near("attention dq", "cpu≠torch", dq, golden.get<double>("attention.dq"), kTolerance, {3, 5}));
  EXPECT_TRUE(test::near("attention dv", "cpu≠torch", dv, golden.get<double>("attention.dv"), kTolerance, {3, 4, 6}));
  std::vector<Real> column(5, 0);  // the gradient of w is the sum of the rows
  for (int i = 0; i < 15; ++i) column[i % 5] += dw[i];
  EXPECT_TRUE(test::near("attention dw", "cpu≠torch", column, golden.get<double>("attention.dw"), kTolerance, {5}));
}

TEST(Attention, SelectsThePositionWhoseKeyMatchesTheQuery) {
  // One picture, two positions, keys of two values: the query activates the first or the second.
  const std::vector<Real> k{20, 0, 0, 20}, w{1, 1}, v{1, 2, 3, 10, 20, 30};
  std::vector<Real> alpha(2), z(3);
  Queue queue;
  const std::vector<Real> first{0, -20}, second{-20, 0};
  TL_ON_CPU(attention_forward(queue, {1, 2, 2, 3}, k.data(), first.data(), w.data(), v.data(), alpha.data(), z.data()));
  EXPECT_NEAR(alpha[0], 1, 1e-6);
  EXPECT_TRUE(test::near("attention z", "cpu≠literal", z, std::vector<double>{1, 2, 3}, kTolerance));
  TL_ON_CPU(attention_forward(queue, {1, 2, 2, 3}, k.data(), second.data(), w.data(), v.data(), alpha.data(), z.data()));
  EXPECT_NEAR(alpha[1], 1, 1e-6);
  EXPECT_TRUE(test::near("attention z", "cpu≠literal", z, std::vector<double>{10, 20, 30}, kTolerance));
}

TEST(Attention, RejectsZeroPositions) {
  Queue queue;
  EXPECT_THROW(TL_ON_CPU(attention_forward(queue, {1, 0, 1, 1}, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr)), Error);
}

}  // namespace
}  // namespace tagloom::kernels

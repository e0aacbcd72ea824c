// Softmax cross-entropy on the CPU, against PyTorch and against literal values.
#include "kernels/loss/softmax_xent.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/golden.h"
#include "tests/support/near.h"
#include "tests/support/storage.h"
#include "tools/bench/cases/random_array.h"

namespace tagloom::kernels {
namespace {

constexpr test::Tolerance kTolerance{1e-6, 2e-6};

TEST(SoftmaxXent, MatchesPyTorchInPlaceAndOutOfPlace) {
  const test::Golden golden("hot_kernels_golden.txt");
  const std::vector<Real> logits = golden.get<Real>("softmax_xent.logits"), scale = golden.get<Real>("softmax_xent.row_scale");
  const std::vector<int32_t> target = golden.get<int32_t>("softmax_xent.target");
  Queue q;
  std::vector<Real> loss(4), dlogits(28), in_place = logits;
  TL_ON_CPU(softmax_xent(q, {4, 7}, logits.data(), target.data(), scale.data(), loss.data(), dlogits.data()));
  TL_ON_CPU(softmax_xent(q, {4, 7}, in_place.data(), target.data(), scale.data(), loss.data(), in_place.data()));
  EXPECT_TRUE(test::near("softmax_xent loss", "cpu≠pytorch", loss, golden.get<double>("softmax_xent.loss"), kTolerance));
  EXPECT_TRUE(
      test::near("softmax_xent dlogits", "cpu≠pytorch", dlogits, golden.get<double>("softmax_xent.dlogits"), kTolerance, {4, 7}));
  EXPECT_EQ(in_place, dlogits);
}

TEST(SoftmaxXent, MatchesPyTorchWithSmoothing) {
  const test::Golden golden("hot_kernels_golden.txt");
  std::vector<Real> x = golden.get<Real>("softmax_xent.logits"), loss(4);
  const std::vector<Real> scale = golden.get<Real>("softmax_xent.row_scale");
  const std::vector<int32_t> target = golden.get<int32_t>("softmax_xent.target");
  Queue q;
  TL_ON_CPU(softmax_xent(q, {4, 7, Real(0.1)}, x.data(), target.data(), scale.data(), loss.data(), x.data()));
  EXPECT_TRUE(test::near("softmax_xent loss", "cpu≠pytorch", loss, golden.get<double>("softmax_xent.smoothed_loss"), kTolerance));
  EXPECT_TRUE(test::near("softmax_xent dlogits", "cpu≠pytorch", x, golden.get<double>("softmax_xent.smoothed_dlogits"),
                         kTolerance, {4, 7}));
}

TEST(SoftmaxXent, IgnoresTheContentOfMaskedRows) {
  Queue q;
  std::vector<Real> logits{NAN, INFINITY, 1}, loss{5};
  const std::vector<int32_t> target{-1};
  const std::vector<Real> scale{NAN};
  TL_ON_CPU(softmax_xent(q, {1, 3}, logits.data(), target.data(), scale.data(), loss.data(), logits.data()));
  EXPECT_EQ(loss[0], 0);
  EXPECT_EQ(logits, (std::vector<Real>{0, 0, 0}));
}

TEST(SoftmaxXent, DoesNotOverflow) {
  Queue q;
  const std::vector<Real> logits{10000, 0, -10000}, scale{1};
  std::vector<Real> loss(1);
  const std::vector<int32_t> right{0}, wrong{2};
  TL_ON_CPU(softmax_xent(q, {1, 3}, logits.data(), right.data(), scale.data(), loss.data(), nullptr));
  EXPECT_EQ(loss[0], 0);
  TL_ON_CPU(softmax_xent(q, {1, 3}, logits.data(), wrong.data(), scale.data(), loss.data(), nullptr));
  EXPECT_EQ(loss[0], 20000);
}

// In place and not, with masked rows. The CPU sums bfloat16 rows in another order: the loss differs in its last digits, and at
// most one gradient in a hundred by one bfloat16 step, or by 1e-7 if it is that small.
TEST(SoftmaxXent, Bf16MatchesRoundedFloats) {
  Queue q;
  for (const int64_t cols : {1, 31, 33, 1025}) {
    for (const Real smoothing : {Real(0), Real(0.1)}) {
      const SoftmaxXentShape shape{9, cols, smoothing};
      const std::vector<Bf16> logits16 = test::normal_array<Bf16>(9 * cols, 1, 3);
      const std::vector<int32_t> target = test::integer_array(9, 2, -1, cols - 1);
      const std::vector<Real> scale = test::uniform_array(9, 3);
      std::vector<Real> dlogits = test::widened(logits16), loss(9), loss16(9), loss_only(9);
      std::vector<Bf16> dlogits16(9 * cols), in_place = logits16;
      TL_ON_CPU(softmax_xent(q, shape, dlogits.data(), target.data(), scale.data(), loss.data(), dlogits.data()));
      TL_ON_CPU(softmax_xent(q, shape, logits16.data(), target.data(), scale.data(), loss16.data(), dlogits16.data()));
      EXPECT_TRUE(test::near("softmax_xent_bf16 loss", "bf16≠float", loss16, loss, {1e-6, 1e-6}));
      const std::vector<Real> gradient = test::widened(dlogits16), expected = test::rounded(dlogits);
      EXPECT_TRUE(test::near("softmax_xent_bf16 dlogits", "bf16≠float", gradient, expected, {1e-7, 1.0 / 128}, {9, cols}));
      EXPECT_LE(test::differing(gradient, expected), 9 * cols / 100);
      TL_ON_CPU(softmax_xent(q, shape, in_place.data(), target.data(), scale.data(), loss16.data(), in_place.data()));
      EXPECT_EQ(test::widened(in_place), test::widened(dlogits16));
      TL_ON_CPU(softmax_xent(q, shape, logits16.data(), target.data(), scale.data(), loss_only.data(), nullptr));
      EXPECT_EQ(loss_only, loss16);
    }
  }
}

TEST(SoftmaxForward, MatchesPyTorch) {
  const test::Golden golden("hot_kernels_golden.txt");
  std::vector<Real> x = golden.get<Real>("softmax_xent.logits");
  Queue q;
  TL_ON_CPU(softmax_forward(q, {4, 7}, x.data(), x.data()));
  EXPECT_TRUE(test::near("softmax_forward y", "cpu≠pytorch", x, golden.get<double>("softmax_xent.softmax"), kTolerance, {4, 7}));
}

TEST(SoftmaxForward, ForbiddenTagsHaveProbabilityZero) {
  Queue q;
  std::vector<Real> x{1, -INFINITY, 1};
  TL_ON_CPU(softmax_forward(q, {1, 3}, x.data(), x.data()));
  EXPECT_EQ(x, (std::vector<Real>{Real(0.5), 0, Real(0.5)}));
}

TEST(SoftmaxBackward, MatchesTheJacobianProduct) {
  Queue q;
  const std::vector<Real> y{Real(0.5), Real(0.25), Real(0.25), 1, 0, 0}, dy{1, 2, -4, 3, 5, 7};
  // dx_i = sum_j y_i ([i == j] - y_j) dy_j, written out
  const std::vector<double> expected{0.5 * (0.5 * 1 - 0.25 * 2 + 0.25 * 4),
                                     0.25 * (-0.5 * 1 + 0.75 * 2 + 0.25 * 4),
                                     0.25 * (-0.5 * 1 - 0.25 * 2 - 0.75 * 4),
                                     0,
                                     0,
                                     0};
  std::vector<Real> dx(6), in_place = dy, twice(6, 1);
  TL_ON_CPU(softmax_backward(q, {2, 3}, y.data(), dy.data(), dx.data(), Into::kOverwrite));
  TL_ON_CPU(softmax_backward(q, {2, 3}, y.data(), dy.data(), in_place.data(), Into::kOverwrite));
  TL_ON_CPU(softmax_backward(q, {2, 3}, y.data(), dy.data(), twice.data(), Into::kAdd));
  EXPECT_TRUE(test::near("softmax_backward dx", "cpu≠jacobian", dx, expected, kTolerance, {2, 3}));
  EXPECT_EQ(in_place, dx);
  for (size_t i = 0; i < dx.size(); ++i) EXPECT_EQ(twice[i], 1 + dx[i]);
}

}  // namespace
}  // namespace tagloom::kernels

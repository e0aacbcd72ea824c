// Matrix products, convolutions and pooling: backward against central differences, for the plain loops that replace oneDNN in the
// double library.
#include "kernels/cnn/conv2d.h"

#include <gtest/gtest.h>

#include "kernels/cnn/pool2d.h"
#include "kernels/linear/gemm.h"
#include "tests/support/finite_difference.h"
#include "tests/support/near.h"
#include "tools/bench/cases/random_array.h"

namespace tagloom::kernels {
namespace {

constexpr test::Tolerance kTolerance{1e-8, 1e-7};

// The expected result of Into::kAdd.
std::vector<Real> plus(const std::vector<double>& values, const std::vector<Real>& before) {
  std::vector<Real> sum(before);
  for (size_t i = 0; i < sum.size(); ++i) sum[i] += values[i];
  return sum;
}

TEST(Conv2d, BackwardMatchesDifferences) {
  // n h w c, k r s, stride padding dilation groups
  for (const Conv2dShape& s : {Conv2dShape{2, 4, 3, 2, 3, 1, 1},
                               {1, 5, 4, 2, 2, 3, 3, 1, 1},
                               {1, 6, 5, 2, 2, 3, 2, 2, 1},
                               {1, 6, 6, 1, 2, 3, 3, 1, 2, 2},
                               {1, 4, 5, 6, 4, 3, 3, 2, 1, 1, 2},
                               {2, 3, 3, 3, 6, 1, 1, 1, 0, 1, 3}}) {
    Queue q;
    const int64_t y_size = s.n * s.p() * s.q() * s.k;
    std::vector<Real> x = test::normal_array(s.n * s.h * s.w * s.c, 1),
                      filter = test::normal_array(s.k * s.r * s.s * s.filter_c(), 2);
    const std::vector<Real> bias = test::normal_array(s.k, 3), residual = test::normal_array(y_size, 4);
    const std::vector<Real> dy = test::normal_array(y_size, 5);
    std::vector<Real> y(y_size);
    const auto loss = [&] {
      cpu::conv2d_forward(q, s, x.data(), filter.data(), bias.data(), residual.data(), Activation::kNone, y.data());
      return test::weighted_sum(y, dy);
    };
    const std::vector<double> expected_dx = test::central_differences(x, loss);
    const std::vector<double> expected_dfilter = test::central_differences(filter, loss);
    std::vector<Real> dx(x.size(), 100), dfilter(filter.size(), 100);
    cpu::conv2d_backward_data(q, s, filter.data(), dy.data(), dx.data(), Into::kOverwrite);
    cpu::conv2d_backward_filter(q, s, x.data(), dy.data(), dfilter.data(), Into::kOverwrite);
    EXPECT_TRUE(test::near("conv2d dx", "backward≠difference", dx, expected_dx, kTolerance, {s.n, s.h, s.w, s.c}));
    EXPECT_TRUE(test::near("conv2d dfilter", "backward≠difference", dfilter, expected_dfilter, kTolerance,
                           {s.k, s.r, s.s, s.filter_c()}));
    const std::vector<Real> dx_twice = plus(expected_dx, dx), dfilter_twice = plus(expected_dfilter, dfilter);
    cpu::conv2d_backward_data(q, s, filter.data(), dy.data(), dx.data(), Into::kAdd);
    cpu::conv2d_backward_filter(q, s, x.data(), dy.data(), dfilter.data(), Into::kAdd);
    EXPECT_TRUE(test::near("conv2d dx added", "backward≠difference", dx, dx_twice, kTolerance));
    EXPECT_TRUE(test::near("conv2d dfilter added", "backward≠difference", dfilter, dfilter_twice, kTolerance));
  }
}

// 3 x 3 ones over 0 .. 8, padded: sums of neighbours, computed by hand; then residual, bias and ReLU.
TEST(Conv2d, SumsNeighbours) {
  Queue q;
  const std::vector<Real> x{0, 1, 2, 3, 4, 5, 6, 7, 8}, filter(9, 1), residual{-9, 0, 0, 0, -50, 0, 0, 0, 1};
  const Real bias = 1;
  std::vector<Real> y(9);
  cpu::conv2d_forward(q, {1, 3, 3, 1, 1, 3, 3, 1, 1}, x.data(), filter.data(), nullptr, nullptr, Activation::kNone, y.data());
  EXPECT_EQ(y, (std::vector<Real>{8, 15, 12, 21, 36, 27, 20, 33, 24}));
  cpu::conv2d_forward(q, {1, 3, 3, 1, 1, 3, 3, 1, 1}, x.data(), filter.data(), &bias, residual.data(), Activation::kRelu,
                      y.data());
  EXPECT_EQ(y, (std::vector<Real>{0, 16, 13, 22, 0, 28, 21, 34, 26}));
}

// Two groups of two channels and two filters: each filter reads the channels of its group only.
TEST(Conv2d, GroupsReadTheirOwnChannels) {
  Queue q;
  const std::vector<Real> x{1, 2, 30, 40}, filter{1, 1, 1, -1, 1, 1, 1, -1};
  std::vector<Real> y(4);
  cpu::conv2d_forward(q, {1, 1, 1, 4, 4, 1, 1, 1, 0, 1, 2}, x.data(), filter.data(), nullptr, nullptr, Activation::kNone,
                      y.data());
  EXPECT_EQ(y, (std::vector<Real>{3, -1, 70, -10}));
}

TEST(Pool2d, BackwardMatchesDifferences) {
  // n h w c, r s stride padding ceil
  for (const Pool2dShape& s : {Pool2dShape{2, 5, 4, 2, 2, 2, 2, 0},
                               {1, 6, 5, 2, 3, 3, 2, 1},
                               {1, 7, 6, 1, 3, 2, 2, 0, true},
                               {2, 3, 4, 2, 3, 4, 1, 0}}) {
    Queue q;
    const int64_t y_size = s.n * s.p() * s.q() * s.c;
    std::vector<Real> x = test::normal_array(s.n * s.h * s.w * s.c, 1), y(y_size), dx(x.size(), 100);
    std::vector<uint8_t> index(y_size);
    const std::vector<Real> dy = test::normal_array(y_size, 2);
    const auto max_loss = [&] {
      cpu::max_pool2d_forward(q, s, x.data(), y.data(), index.data());
      return test::weighted_sum(y, dy);
    };
    const std::vector<double> expected_max = test::central_differences(x, max_loss);
    max_loss();
    cpu::max_pool2d_backward(q, s, dy.data(), index.data(), dx.data(), Into::kOverwrite);
    EXPECT_TRUE(test::near("max_pool2d dx", "backward≠difference", dx, expected_max, kTolerance, {s.n, s.h, s.w, s.c}));

    const std::vector<double> expected_avg = test::central_differences(x, [&] {
      cpu::avg_pool2d_forward(q, s, x.data(), y.data());
      return test::weighted_sum(y, dy);
    });
    cpu::avg_pool2d_backward(q, s, dy.data(), dx.data(), Into::kOverwrite);
    EXPECT_TRUE(test::near("avg_pool2d dx", "backward≠difference", dx, expected_avg, kTolerance, {s.n, s.h, s.w, s.c}));
  }
}

// The gradients of a product are products: da = dc op(b)', db = op(a)' dc, in the four layouts.
TEST(Gemm, GradientsAreProducts) {
  constexpr int64_t kM = 3, kN = 4, kK = 5;
  for (const bool transpose_a : {false, true}) {
    for (const bool transpose_b : {false, true}) {
      Queue q;
      std::vector<Real> a = test::normal_array(kM * kK, 1), b = test::normal_array(kK * kN, 2), c(kM * kN);
      const std::vector<Real> bias = test::normal_array(kN, 3), dc = test::normal_array(kM * kN, 4);
      const auto loss = [&] {
        cpu::gemm(q, {kM, kN, kK, transpose_a, transpose_b}, a.data(), b.data(), bias.data(), c.data(), Into::kOverwrite);
        return test::weighted_sum(c, dc);
      };
      const std::vector<double> expected_da = test::central_differences(a, loss),
                                expected_db = test::central_differences(b, loss);
      std::vector<Real> da(a.size()), db(b.size());
      if (transpose_a) {
        cpu::gemm(q, {kK, kM, kN, transpose_b, true}, b.data(), dc.data(), nullptr, da.data(), Into::kAdd);
      } else {
        cpu::gemm(q, {kM, kK, kN, false, !transpose_b}, dc.data(), b.data(), nullptr, da.data(), Into::kAdd);
      }
      if (transpose_b) {
        cpu::gemm(q, {kN, kK, kM, true, transpose_a}, dc.data(), a.data(), nullptr, db.data(), Into::kAdd);
      } else {
        cpu::gemm(q, {kK, kN, kM, !transpose_a, false}, a.data(), dc.data(), nullptr, db.data(), Into::kAdd);
      }
      EXPECT_TRUE(test::near("gemm da", "product≠difference", da, expected_da, kTolerance));
      EXPECT_TRUE(test::near("gemm db", "product≠difference", db, expected_db, kTolerance));
    }
  }
}

}  // namespace
}  // namespace tagloom::kernels

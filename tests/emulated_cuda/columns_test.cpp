// Reductions over rows: their grids, and batch normalisation on devices of other sizes and of columns far from zero.
#include "tests/emulated_cuda/emulated.h"

#include <gtest/gtest.h>

#include "kernels/cuda/columns.cuh"
#include "tests/cases/cnn/batch_norm_cases.h"
#include "tests/cases/math/sum_cases.h"
#include "tests/support/check_case.h"

namespace tagloom {
namespace {

kernels::Queue queue_of(int multiprocessors) {
  kernels::Queue queue = kernels::make_cuda_queue(0, size_t{4} << 20);
  queue.cuda().multiprocessors = multiprocessors;
  return queue;
}

// The layers of a ResNet-50 on 256 pictures, in both storage types.
TEST(EmulatedColumns, OneWaveFillsTheDevice) {
  for (const int multiprocessors : {20, 132, 148}) {
    kernels::Queue queue = queue_of(multiprocessors);
    const int64_t together = 4 * multiprocessors;
    for (const auto& [rows, cols] : std::vector<std::pair<int64_t, int64_t>>{
             {256 * 112 * 112, 64}, {256 * 56 * 56, 256}, {256 * 28 * 28, 512}, {256 * 14 * 14, 1024}, {256 * 49, 2048}}) {
      for (const int vec : {4, 8}) {
        const kernels::ColumnPlan plan(queue, "columns", rows, cols, vec);
        const int64_t blocks = int64_t{plan.grid.x} * plan.grid.y, tiles = cols / vec / plan.block.x;
        EXPECT_LE(blocks, together) << rows << " x " << cols;
        EXPECT_GT(blocks, together - together / 20 - tiles) << rows << " x " << cols;
        EXPECT_EQ(plan.grid.y, tiles);
        EXPECT_LT((plan.chunks - 1) * plan.chunk_rows, rows);
        EXPECT_GE(plan.chunks * plan.chunk_rows, rows);
      }
    }
  }
}

TEST(EmulatedColumns, MoreValuesThanAKernelCanCountAreAnError) {
  kernels::Queue queue = queue_of(132);
  EXPECT_THROW(kernels::ColumnPlan(queue, "columns", int64_t{1} << 27, 256, 8), Error);
  EXPECT_NO_THROW(kernels::ColumnPlan(queue, "columns", (int64_t{1} << 27) - 1, 256, 8));
}

// Few multiprocessors: many rows for each thread, with one, two and three left over from a batch of four. Many: rows left over
// only.
TEST(EmulatedColumns, ResultsAreRightOnDevicesOfAnySize) {
  for (const int multiprocessors : {1, 7, 132}) {
    kernels::Queue queue = queue_of(multiprocessors);
    for (const test::OpCase& row : test::batch_norm_cases({{333, 72}, {610, 9}})) {
      if (row.name.find("residual=1 relu=1") != std::string::npos) test::check_cuda_against_cpu(queue, row);
    }
    for (const test::OpCase& row : test::bias_cases({{333, 72}})) test::check_cuda_against_cpu(queue, row);
  }
}

// Bits do not depend on where the array begins; some of its threads have four loads on their way, some three.
TEST(EmulatedArraySum, TheOrderIsThatOfTheLength) {
  kernels::Queue queue = queue_of(4);
  for (const int64_t n : {1, 5, 4099, 100003}) {
    std::vector<Real> x = test::normal_array(n + 4, 7);
    Real totals[4];
    for (int64_t shift = 0; shift < 4; ++shift) {
      std::move_backward(x.begin() + std::max<int64_t>(shift - 1, 0), x.begin() + std::max<int64_t>(shift - 1, 0) + n,
                         x.begin() + shift + n);
      kernels::cuda::sum_of_squares(queue, n, x.data() + shift, &totals[shift], kernels::Into::kOverwrite);
      EXPECT_EQ(totals[shift], totals[0]) << n << " values from " << shift << " on";
    }
  }
}

// Column c has mean `far` and standard deviation 1, the last four are constant.
template <class T>
void expect_moments(int64_t rows, int64_t c, float far, double tolerance) {
  kernels::Queue queue = queue_of(2);
  std::vector<T> x;
  const std::vector<Real> noise = test::normal_array(rows * c, 7);
  for (int64_t i = 0; i < rows * c; ++i) x.push_back(T(far + (i % c < c - 4 ? noise[i] : 0)));
  std::vector<Real> weight(c, 1), bias(c, 0), running_mean(c), running_var(c), mean(c), rstd(c);
  std::vector<T> y(rows * c);
  const kernels::BatchNormShape shape{rows, c};
  constexpr Real kEpsilon = Real(1e-5);
  kernels::cuda::batch_norm_train_forward(queue, shape, kEpsilon, Real(1), x.data(), weight.data(), bias.data(),
                                          running_mean.data(), running_var.data(), mean.data(), rstd.data(), y.data());
  for (int64_t col = 0; col < c; ++col) {
    double sum = 0, squares = 0;
    for (int64_t row = 0; row < rows; ++row) sum += static_cast<float>(x[row * c + col]);
    const double centre = sum / rows;
    for (int64_t row = 0; row < rows; ++row) squares += std::pow(static_cast<float>(x[row * c + col]) - centre, 2);
    EXPECT_NEAR(mean[col], centre, 1e-6 * std::abs(centre) + 1e-6) << "column " << col << " of " << c << ", about " << far;
    const double expected = 1 / std::sqrt(squares / rows + kEpsilon);
    EXPECT_NEAR(rstd[col] / expected, 1, tolerance) << "column " << col << " of " << c << ", about " << far;
    if (squares > 0) {
      EXPECT_NEAR(running_var[col] / (squares / (rows - 1)), 1, 2 * tolerance);
    } else {
      EXPECT_EQ(mean[col], far);
      EXPECT_EQ(static_cast<float>(y[col]), 0) << "a constant is its own mean";
    }
  }
}

TEST(EmulatedBatchNorm, MomentsKeepTheirDigitsFarFromZero) {
  for (const int64_t rows : {2, 5, 31, 1537}) {
    for (const int64_t c : {16, 13}) {
      expect_moments<Real>(rows, c, 0.0f, 2e-6);
      expect_moments<Real>(rows, c, 100.0f, 2e-5);
      expect_moments<Real>(rows, c, -10000.0f, 1e-3);
    }
  }
  expect_moments<Bf16>(1537, 16, 2.0f, 2e-6);
  expect_moments<Bf16>(1537, 16, 64.0f, 1e-5);
}

}  // namespace
}  // namespace tagloom

// Reductions over rows: their grids, and batch normalisation on devices of other sizes and with columns far from zero.
#include "tests/emulated_cuda/emulated.h"

#include <gtest/gtest.h>

#include "kernels/cuda/columns.cuh"
#include "tests/support/check_case.h"
#include "tools/bench/cases/cnn/batch_norm_cases.h"
#include "tools/bench/cases/device_buffer.h"
#include "tools/bench/cases/math/sum_cases.h"

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

TEST(EmulatedColumns, RejectsMoreValuesThanIndicesCanCount) {
  kernels::Queue queue = queue_of(132);
  EXPECT_THROW(kernels::ColumnPlan(queue, "columns", int64_t{1} << 27, 256, 8), Error);
  EXPECT_NO_THROW(kernels::ColumnPlan(queue, "columns", (int64_t{1} << 27) - 1, 256, 8));
}

// Few multiprocessors give each thread many rows, with one, two and three remaining after groups of four. Many multiprocessors
// leave only such remainders.
TEST(EmulatedColumns, MatchesTheCpuOnDevicesOfAnySize) {
  for (const int multiprocessors : {1, 7, 132}) {
    kernels::Queue queue = queue_of(multiprocessors);
    for (const test::OpCase& row : test::batch_norm_cases({{333, 72}, {610, 9}})) {
      if (row.name.find("residual=1 relu=1") != std::string::npos) test::check_cuda_against_cpu(queue, row);
    }
    for (const test::OpCase& row : test::bias_cases({{333, 72}})) test::check_cuda_against_cpu(queue, row);
  }
}

// The bits do not depend on the array's alignment; some threads have four loads in flight, some three.
TEST(EmulatedArraySum, OrderDependsOnTheLengthAlone) {
  kernels::Queue queue = queue_of(4);
  for (const int64_t n : {1, 5, 4099, 100003}) {
    const auto total = [&](int64_t shift) {
      test::DeviceBuffer<Real> x(queue, n, shift), sum(queue, 1);
      x.upload(test::normal_array(n, 7));
      kernels::cuda::sum_of_squares(queue, n, x.data(), sum.data(), kernels::Into::kOverwrite);
      return sum.download()[0];
    };
    for (int64_t shift = 1; shift < 4; ++shift) EXPECT_EQ(total(shift), total(0)) << n << " values from " << shift << " on";
  }
}

// Column c has mean `far` and standard deviation 1, the last four are constant.
template <class T>
void expect_moments(int64_t rows, int64_t c, float far, double tolerance) {
  kernels::Queue queue = queue_of(2);
  std::vector<T> x;
  const std::vector<Real> noise = test::normal_array(rows * c, 7);
  for (int64_t i = 0; i < rows * c; ++i) x.push_back(T(far + (i % c < c - 4 ? noise[i] : 0)));
  test::DeviceBuffer<T> device_x(queue, rows * c), device_y(queue, rows * c);
  test::DeviceBuffer<Real> weight(queue, c), zeros(queue, c), running_mean(queue, c), device_running_var(queue, c),
      device_mean(queue, c), device_rstd(queue, c);
  device_x.upload(x);
  weight.upload(std::vector<Real>(c, 1));
  for (auto* buffer : {&zeros, &running_mean, &device_running_var}) buffer->upload(std::vector<Real>(c));
  const kernels::BatchNormShape shape{rows, c};
  constexpr Real kEpsilon = Real(1e-5);
  kernels::cuda::batch_norm_train_forward(queue, shape, kEpsilon, Real(1), device_x.data(), weight.data(), zeros.data(),
                                          running_mean.data(), device_running_var.data(), device_mean.data(), device_rstd.data(),
                                          device_y.data());
  const std::vector<Real> mean = device_mean.download(), rstd = device_rstd.download(),
                          running_var = device_running_var.download();
  const std::vector<T> y = device_y.download();
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
      EXPECT_EQ(static_cast<float>(y[col]), 0) << "a constant equals its mean";
    }
  }
}

TEST(EmulatedBatchNorm, MomentsAreAccurateFarFromZero) {
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

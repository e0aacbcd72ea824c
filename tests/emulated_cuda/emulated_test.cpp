// The CUDA twins against the CPU twins without a GPU, and tests that the emulation detects faulty kernels.
#include "tests/emulated_cuda/emulated.h"

#include <gtest/gtest.h>

#include <csignal>

#include "kernels/base/bfloat16.h"
#include "kernels/base/error.h"
#include "kernels/base/event.h"
#include "kernels/cuda/start.cuh"
#include "kernels/decode/grid_barrier.cuh"
#include "kernels/math/arithmetic.h"
#include "tests/emulated_cuda/product.h"
#include "tests/emulated_cuda/queue_order.h"
#include "tests/support/check_case.h"
#include "tools/bench/cases/all_cases.h"

namespace tagloom {
namespace {

class EmulatedKernels : public testing::TestWithParam<test::CaseTable> {};

TEST_P(EmulatedKernels, MatchTheirCpuTwins) {
  constexpr double kMostBytes = 1 << 20;  // larger cases take too long here
  kernels::Queue queue = kernels::make_cuda_queue(0, size_t{1} << 20);
  for (const test::OpCase& op_case : GetParam().cases()) {
    if (op_case.bytes <= kMostBytes) test::check_cuda_against_cpu(queue, op_case);
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, EmulatedKernels, testing::ValuesIn(test::kCaseTables),
                         [](const auto& info) { return std::string(info.param.op); });

// linear_relu matches the CPU twin whichever epilogues cuBLASLt supports, and it uses the supported ones.
template <class T>
std::map<kernels::cublaslt::Epilogue, int> products_without(const std::set<kernels::cublaslt::Epilogue>& refused) {
  emulated::refused_epilogues = refused;
  emulated::products_run.clear();
  kernels::Queue queue = kernels::make_cuda_queue(0, size_t{1} << 20);
  std::vector<test::OpCase> rows;
  test::add_linear_relu_backward_case<T>("", {5, 33, 129}, true, kernels::Into::kAdd, rows);
  test::check_cuda_against_cpu(queue, rows[0]);
  emulated::refused_epilogues.clear();
  return std::exchange(emulated::products_run, {});
}
using Products = std::map<kernels::cublaslt::Epilogue, int>;

// The counts of two aligned runs and an unaligned one, which has no mask.
TEST(EmulatedLinearRelu, WorksWithoutAnyEpilogue) {
  using enum kernels::cublaslt::Epilogue;
  EXPECT_EQ(products_without<Real>({}), (Products{{kReluBiasMask, 2}, {kMaskedBiasTotal, 2}, {kReluBias, 1}, {kNone, 1}}));
  EXPECT_EQ(products_without<Real>({kMaskedBiasTotal}), (Products{{kReluBiasMask, 2}, {kMasked, 2}, {kReluBias, 1}, {kNone, 1}}));
  EXPECT_EQ(products_without<Real>({kMaskedBiasTotal, kMasked}), (Products{{kReluBiasMask, 2}, {kReluBias, 1}, {kNone, 3}}));
  EXPECT_EQ(products_without<Real>({kReluBiasMask}), (Products{{kReluBias, 3}, {kNone, 3}}));
  EXPECT_EQ(products_without<Real>({kReluBiasMask, kReluBias}), (Products{{kBias, 3}, {kNone, 3}}));
}

// Two aligned runs.
TEST(EmulatedLinearRelu, Bf16WorksWithoutAnyEpilogue) {
  using enum kernels::cublaslt::Epilogue;
  EXPECT_EQ(products_without<Bf16>({}), (Products{{kReluBiasMask, 2}, {kMaskedBiasTotal, 2}}));
  EXPECT_EQ(products_without<Bf16>({kMaskedBiasTotal}), (Products{{kReluBiasMask, 2}, {kMasked, 2}}));
  EXPECT_EQ(products_without<Bf16>({kMaskedBiasTotal, kMasked}), (Products{{kReluBiasMask, 2}, {kNone, 2}}));
  EXPECT_EQ(products_without<Bf16>({kReluBiasMask, kReluBias}), (Products{{kBias, 2}, {kNone, 2}}));
}

// The only part of conv2d without cuDNN: the gradient of a 1x1 filter of bf16 pictures is a product, which is not rounded to
// bf16.
TEST(EmulatedConv2d, GradientOfA1x1FilterIsAProduct) {
  kernels::Queue queue = kernels::make_cuda_queue(0, size_t{1} << 20);
  int rows = 0;
  for (test::OpCase row : test::conv2d_cases({{2, 7, 5, 16, 24, 1, 1}})) {
    if (!row.name.starts_with("conv2d_backward_filter_bf16")) continue;
    row.tolerance = test::sum_tolerance(2 * 7 * 5 + 1, 1e-5);
    test::check_cuda_against_cpu(queue, row);
    ++rows;
  }
  EXPECT_EQ(rows, 2);
}

// Sums 0 .. 255 in shared memory, with or without barriers.
int block_total(bool with_barriers) {
  int total = 0;
  int shared[256];
  std::fill(shared, shared + 256, -1);
  emulated::run("block_total", 1, 256, 0, [&] {
    const int i = static_cast<int>(threadIdx.x);
    shared[i] = i;
    for (int half = 128; half > 0; half /= 2) {
      if (with_barriers) __syncthreads();
      if (i < half) shared[i] += shared[i + half];
    }
    if (i == 0) total = shared[0];
  });
  return total;
}

TEST(Emulation, AMissingBarrierGivesAWrongResult) {
  constexpr int kRight = 255 * 256 / 2;
  int wrong = 0;
  for (int attempt = 0; attempt < 10; ++attempt) {
    EXPECT_EQ(block_total(true), kRight);
    wrong += block_total(false) != kRight;
  }
  EXPECT_GT(wrong, 0);
}

TEST(Emulation, WarpOperationsMatchCuda) {
  emulated::run("warp", dim3(2, 3), dim3(32, 2), 0, [] {
    const int lane = static_cast<int>(threadIdx.x);
    EXPECT_EQ(__shfl_xor_sync(~0u, lane * 10, 1), (lane ^ 1) * 10);
    EXPECT_EQ(__shfl_down_sync(~0u, lane, 4), lane < 28 ? lane + 4 : lane);
    EXPECT_EQ(__ballot_sync(~0u, lane % 2), 0xaaaaaaaau);
    EXPECT_EQ(__syncthreads_or(threadIdx.y == 1 && lane == 5), 1);
    EXPECT_EQ(__syncthreads_or(0), 0);
  });
}

TEST(Emulation, ThrowsOnADeadlock) {
  EXPECT_THROW(emulated::run("diverged", 1, 64, 0,
                             [] {
                               if (threadIdx.x < 32) {
                                 __syncwarp();
                                 __syncthreads();
                               } else if (threadIdx.x < 40) {
                                 __syncwarp();
                               } else {
                                 __syncthreads();
                               }
                             }),
               Error);
  EXPECT_EQ(block_total(true), 255 * 256 / 2);  // and the next kernel runs
}

TEST(Emulation, ThrowsOnAWarpOperationWithoutAllLanes) {
  EXPECT_THROW(emulated::run("left", 1, 64, 0,
                             [] {
                               if (threadIdx.x % 32 >= 16) return;
                               __shfl_xor_sync(~0u, 1, 1);
                             }),
               Error);
}

// Two numbers pass through one buffer, one after the other: one queue uploads them, another adds them, with or without events.
int uploaded_total(emulated::QueueOrder order, bool with_arrival, bool with_release) {
  emulated::set_order(order);
  kernels::Queue work = kernels::make_cuda_queue(0, 64), copies = kernels::make_cuda_queue(0, 0);
  const auto arrived = kernels::make_event(work), released = kernels::make_event(work);
  const int numbers[2] = {1, 2};
  int seen[2];
  int* const place = static_cast<int*>(kernels::allocate(work, 3 * sizeof(int)));  // zeros, then the values that the queue read
  for (int i = 0; i < 2; ++i) {
    if (with_release) released->wait(copies);
    kernels::copy_bytes(copies, kernels::CopyKind::kHostToDevice, &numbers[i], place, sizeof *place);
    arrived->record(copies);
    if (with_arrival) arrived->wait(work);
    kernels::copy_bytes(work, kernels::CopyKind::kSameDevice, place, place + 1 + i, sizeof *place);
    released->record(work);
  }
  kernels::copy_bytes(work, kernels::CopyKind::kDeviceToHost, place + 1, seen, sizeof seen);
  kernels::synchronize(work);
  kernels::synchronize(copies);
  kernels::release(work, place);
  emulated::set_order(emulated::QueueOrder::kAsGiven);
  return 10 * seen[0] + seen[1];
}

TEST(Emulation, AMissingEventGivesAWrongResult) {
  using enum emulated::QueueOrder;
  for (const auto order : {kAsGiven, kCopiesLate, kCopiesEarly, kAllLate}) EXPECT_EQ(uploaded_total(order, true, true), 12);
  EXPECT_EQ(uploaded_total(kCopiesLate, false, true), 0);
  EXPECT_EQ(uploaded_total(kCopiesEarly, true, false), 22);
  EXPECT_EQ(uploaded_total(kAllLate, false, false), 0);
}

TEST(Emulation, HostAccessToProtectedDeviceMemoryFaults) {
  kernels::Queue queue = kernels::make_cuda_queue(0, 64);
  emulated::set_order(emulated::QueueOrder::kAllLate);
  int* const number = static_cast<int*>(kernels::allocate(queue, sizeof(int)));
  const int given = 7;
  int seen = 0;
  kernels::copy_bytes(queue, kernels::CopyKind::kHostToDevice, &given, number, sizeof given);
  kernels::copy_bytes(queue, kernels::CopyKind::kDeviceToHost, number, &seen, sizeof seen);
  kernels::synchronize(queue);
  EXPECT_EQ(seen, 7);
  EXPECT_EXIT(*number = 8, testing::KilledBySignal(SIGSEGV), "");
  emulated::set_order(emulated::QueueOrder::kAsGiven);
  EXPECT_EQ(*number, 7);
  kernels::release(queue, number);
}

TEST(Emulation, ThrowsOnHostPointersInKernelsAndCopies) {
  kernels::Queue queue = kernels::make_cuda_queue(0, 64);
  float* const there = static_cast<float*>(kernels::allocate(queue, 4 * sizeof(float)));
  float here[4] = {};
  kernels::cuda::fill(queue, 4, 1.0f, there);
  EXPECT_THROW(kernels::cuda::fill(queue, 4, 1.0f, here), Error);
  EXPECT_THROW(kernels::copy_bytes(queue, kernels::CopyKind::kSameDevice, there, here, sizeof here), Error);
  EXPECT_THROW(kernels::copy_bytes(queue, kernels::CopyKind::kDeviceToHost, here, here, sizeof here), Error);
  kernels::release(queue, there);
}

// Every block passes its number to the next one, three times, with or without barriers across blocks.
bool each_knows_all(bool with_barriers) {
  constexpr unsigned kBlocks = 4;
  unsigned arrived = 0, passed[2][kBlocks] = {};
  bool right = true;
  emulated::run_together("pass_on", kBlocks, 64, 16, [&] {
    kernels::GridBarrier barrier(&arrived);
    auto* carried = reinterpret_cast<unsigned*>(kernels::dynamic_shared());
    if (threadIdx.x == 0) *carried = blockIdx.x;
    for (unsigned step = 0; step < 3; ++step) {
      if (threadIdx.x == 0) passed[step % 2][blockIdx.x] = *carried;
      if (with_barriers) barrier.sync();
      if (threadIdx.x == 0) *carried = passed[step % 2][(blockIdx.x + 1) % kBlocks];
    }
    if (threadIdx.x == 0) right = right && *carried == (blockIdx.x + 3) % kBlocks;
  });
  return right;
}

TEST(Emulation, AMissingBarrierAcrossBlocksGivesAWrongResult) {
  int wrong = 0;
  for (int attempt = 0; attempt < 10; ++attempt) {
    EXPECT_TRUE(each_knows_all(true));
    wrong += !each_knows_all(false);
  }
  EXPECT_GT(wrong, 0);
}

TEST(Emulation, ConcurrentBlocksHaveSeparateSharedMemory) {
  emulated::run_together("own", 4, 32, 64, [] {
    auto* mine = reinterpret_cast<float*>(kernels::dynamic_shared());
    EXPECT_TRUE(std::isnan(mine[15]));  // shared memory is not zeroed
    __syncthreads();
    if (threadIdx.x == 0) mine[15] = static_cast<float>(blockIdx.x);
    __syncthreads();
    EXPECT_EQ(mine[15], static_cast<float>(blockIdx.x));
  });
}

// A product of integers, filled and read in the layout that ptx.cuh documents.
TEST(Emulation, MmaMultipliesMatrices) {
  float a[16][16], b[16][8], c[16][8] = {};
  for (int i = 0; i < 256; ++i) a[i / 16][i % 16] = static_cast<float>(i * 7 % 23 - 11);
  for (int i = 0; i < 128; ++i) b[i / 8][i % 8] = static_cast<float>(i * 5 % 19 - 9);
  emulated::run("mma", 1, 32, 0, [&] {
    const int r = static_cast<int>(threadIdx.x) / 4, s = static_cast<int>(threadIdx.x) % 4 * 2;
    const auto pair = [](float low, float high) { return uint32_t{Bf16(low).bits} | uint32_t{Bf16(high).bits} << 16; };
    const uint4 mine{pair(a[r][s], a[r][s + 1]), pair(a[r + 8][s], a[r + 8][s + 1]), pair(a[r][s + 8], a[r][s + 9]),
                     pair(a[r + 8][s + 8], a[r + 8][s + 9])};
    float sum[4] = {1, 1, 1, 1};
    kernels::mma_bf16(sum, mine, pair(b[s][r], b[s + 1][r]), pair(b[s + 8][r], b[s + 9][r]));
    c[r][s] = sum[0];
    c[r][s + 1] = sum[1];
    c[r + 8][s] = sum[2];
    c[r + 8][s + 1] = sum[3];
  });
  for (int row = 0; row < 16; ++row) {
    for (int col = 0; col < 8; ++col) {
      float expected = 1;
      for (int k = 0; k < 16; ++k) expected += a[row][k] * b[k][col];
      EXPECT_EQ(c[row][col], expected) << row << "," << col;
    }
  }
}

}  // namespace
}  // namespace tagloom

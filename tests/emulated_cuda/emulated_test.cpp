// The CUDA twins against the CPU twins where there is no GPU, and proof that the emulation notices a wrong kernel.
#include "tests/emulated_cuda/emulated.h"

#include <gtest/gtest.h>

#include "kernels/base/error.h"
#include "tests/cases/all_cases.h"
#include "tests/support/check_case.h"

namespace tagloom {
namespace {

class EmulatedKernels : public testing::TestWithParam<test::CaseTable> {};

TEST_P(EmulatedKernels, MatchTheirCpuTwins) {
  for (const std::string library_op : {"conv2d", "gemm"}) {
    if (GetParam().op == library_op) GTEST_SKIP() << library_op << " is a library's on CUDA, and that needs a GPU";
  }
  constexpr double kMostBytes = 1 << 20;  // the real layers take too long here
  kernels::Queue queue = kernels::make_cuda_queue(0, size_t{1} << 20);
  for (const test::OpCase& op_case : GetParam().cases()) {
    if (op_case.bytes <= kMostBytes) test::check_cuda_against_cpu(queue, op_case);
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, EmulatedKernels, testing::ValuesIn(test::kCaseTables),
                         [](const auto& info) { return std::string(info.param.op); });

// Sums 0 .. 255 in shared memory; barriers can be left out.
int block_total(bool with_barriers) {
  int total = 0;
  int shared[256];
  std::fill(shared, shared + 256, -1);
  emulated::run("block_total", 1, 256, [&] {
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

TEST(Emulation, WarpOperationsAreThoseOfCuda) {
  emulated::run("warp", dim3(2, 3), dim3(32, 2), [] {
    const int lane = static_cast<int>(threadIdx.x);
    EXPECT_EQ(__shfl_xor_sync(~0u, lane * 10, 1), (lane ^ 1) * 10);
    EXPECT_EQ(__shfl_down_sync(~0u, lane, 4), lane < 28 ? lane + 4 : lane);
    EXPECT_EQ(__ballot_sync(~0u, lane % 2), 0xaaaaaaaau);
    EXPECT_EQ(__syncthreads_or(threadIdx.y == 1 && lane == 5), 1);
    EXPECT_EQ(__syncthreads_or(0), 0);
  });
}

TEST(Emulation, ThreadsThatWaitForEachOtherThrow) {
  EXPECT_THROW(emulated::run("diverged", 1, 64,
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

TEST(Emulation, AWarpOperationWithoutAllLanesThrows) {
  EXPECT_THROW(emulated::run("left", 1, 64,
                             [] {
                               if (threadIdx.x % 32 >= 16) return;
                               __shfl_xor_sync(~0u, 1, 1);
                             }),
               Error);
}

}  // namespace
}  // namespace tagloom

// The emulation must detect faults of kernels whose blocks wait for each other, in a grid or in a cluster.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernels/base/error.h"
#include "kernels/cuda/start.cuh"
#include "kernels/decode/grid_barrier.cuh"
#include "tests/emulated_cuda/emulated.h"

namespace tagloom {
namespace {

using kernels::arrive_at_cluster, kernels::wait_for_cluster;
using testing::HasSubstr;

std::string error_of(const std::function<void()>& run) {
  try {
    run();
  } catch (const Error& error) {
    return error.what();
  }
  return "none";
}

std::string error_in_cluster(int blocks, size_t shared_bytes, const std::function<void()>& thread) {
  return error_of([&] { emulated::run_clusters("kernel", 1, blocks, 64, shared_bytes, thread); });
}

void cluster_barrier() {
  arrive_at_cluster();
  wait_for_cluster();
}

unsigned long long* shared_numbers() { return reinterpret_cast<unsigned long long*>(kernels::dynamic_shared()); }

// A grid barrier that one block never reaches ends by its own time limit, not by the emulation's.
TEST(EmulatedGridBarrier, TrapsIfABlockNeverArrives) {
  unsigned arrived = 0;
  const auto run = [&] {
    emulated::run_together("skipped", 3, 32, 0, [&] {
      kernels::GridBarrier barrier(&arrived);
      if (blockIdx.x != 1) barrier.sync();
    });
  };
  EXPECT_THAT(error_of(run), testing::AllOf(HasSubstr("[skipped]"), HasSubstr("gave up (trap)")));
}

// Every block passes its number on to the next one, five times, in two clusters; omitting any of the three barriers must be
// detected.
enum Without : int { kNothing, kFirst, kAfterStore, kBeforeNextStore };
constexpr unsigned kBlocks = 4;

void pass_on(Without without, bool& right) {
  unsigned long long* const place = shared_numbers();
  const unsigned rank = kernels::cluster_rank(), next = (rank + 1) % kBlocks;
  unsigned long long carried = rank;
  if (without != kFirst) cluster_barrier();
  for (int step = 0; step < 5; ++step) {
    if (threadIdx.x == 0) kernels::store_to_block(next, place, carried);
    if (without != kAfterStore || step == 4) cluster_barrier();
    carried = *place;
    if (without != kBeforeNextStore || step == 4) cluster_barrier();
  }
  if (threadIdx.x == 0) right = right && carried == (rank + 3 * 5) % kBlocks;
}

bool passes_on(Without without) {
  bool right = true;
  emulated::run_clusters("pass_on", 2, kBlocks, 64, sizeof(uint64_t), [&] { pass_on(without, right); });
  return right;
}

// One of two blocks runs late, which covers both orders of a store: visible at once, before its reader has finished with the
// previous value, and visible after a barrier.
TEST(EmulatedCluster, AMissingBarrierGivesAWrongResult) {
  int wrong[4] = {};
  for (int attempt = 0; attempt < 10; ++attempt) {
    EXPECT_TRUE(passes_on(kNothing));
    for (const Without without : {kAfterStore, kBeforeNextStore}) wrong[without] += !passes_on(without);
  }
  EXPECT_GT(wrong[kAfterStore], 0);
  EXPECT_GT(wrong[kBeforeNextStore], 0);
}

// One block writes and raises a flag without a barrier between writer and reader: the store is visible in some runs only.
TEST(EmulatedCluster, AStoreIsVisibleAtOnceOrAtTheNextBarrier) {
  int early = 0, runs = 0;
  for (; runs < 40; ++runs) {
    emulated::run_clusters("race", 1, 2, 32, sizeof(uint64_t), [&] {
      if (threadIdx.x == 0) *shared_numbers() = 5;
      cluster_barrier();
      if (kernels::cluster_rank() == 0 && threadIdx.x == 0) kernels::store_to_block(1, shared_numbers(), 6ull);
      for (int turn = 0; turn < 8; ++turn) __syncthreads();
      arrive_at_cluster();
      if (kernels::cluster_rank() == 1 && threadIdx.x == 0) early += *shared_numbers() == 6;
      wait_for_cluster();
      EXPECT_EQ(*shared_numbers(), kernels::cluster_rank() == 1 ? 6u : 5u);
    });
  }
  EXPECT_GT(early, 0);
  EXPECT_LT(early, runs);
}

// A barrier does not order the work between its halves.
TEST(EmulatedCluster, ABarrierDoesNotCoverStoresAfterArriving) {
  int unseen = 0;
  for (int attempt = 0; attempt < 20; ++attempt) {
    emulated::run_clusters("late", 1, 2, 32, sizeof(uint64_t), [&] {
      cluster_barrier();
      if (threadIdx.x == 0) *shared_numbers() = 5;
      cluster_barrier();
      arrive_at_cluster();
      if (kernels::cluster_rank() == 0 && threadIdx.x == 0) kernels::store_to_block(1, shared_numbers(), 6ull);
      wait_for_cluster();
      if (kernels::cluster_rank() == 1 && threadIdx.x == 0) unseen += *shared_numbers() == 5;
      cluster_barrier();
      EXPECT_EQ(*shared_numbers(), kernels::cluster_rank() == 1 ? 6u : 5u);
    });
  }
  EXPECT_GT(unseen, 0);
}

TEST(EmulatedCluster, AStoreNeedsABarrierBeforeAndAfter) {
  bool right = true;
  EXPECT_THAT(error_in_cluster(kBlocks, 8, [&] { pass_on(kFirst, right); }), HasSubstr("no cluster barrier before it"));
  const auto push = [] { kernels::store_to_block(kernels::cluster_rank() ^ 1, shared_numbers(), 1ull); };
  EXPECT_THAT(error_in_cluster(2, 8,
                               [&] {
                                 cluster_barrier();
                                 push();
                               }),
              HasSubstr("no cluster barrier after it"));
  EXPECT_EQ(error_in_cluster(2, 8,
                             [&] {
                               cluster_barrier();
                               push();
                               arrive_at_cluster();
                             }),
            "none");
}

TEST(EmulatedCluster, ThrowsIfSomeThreadsNeverReachABarrier) {
  EXPECT_THAT(error_in_cluster(3, 0,
                               [] {
                                 if (kernels::cluster_rank() != 1) cluster_barrier();
                               }),
              testing::AllOf(HasSubstr("[kernel]"), HasSubstr("wait for each other")));
  EXPECT_THAT(error_in_cluster(2, 0,
                               [] {
                                 if (threadIdx.x != 5) arrive_at_cluster();
                               }),
              HasSubstr("never arrive"));
  EXPECT_THAT(error_in_cluster(2, 0,
                               [] {
                                 arrive_at_cluster();
                                 arrive_at_cluster();
                               }),
              HasSubstr("has not waited"));
  EXPECT_THAT(error_in_cluster(2, 0, [] { wait_for_cluster(); }), HasSubstr("has not arrived"));
  EXPECT_TRUE(passes_on(kNothing));  // and the next kernel runs
}

TEST(EmulatedCluster, DetectsStoresOutsideSharedMemory) {
  const auto error_of_store = [](unsigned rank, int64_t bytes) {
    return error_in_cluster(2, 40, [=] {
      cluster_barrier();
      auto* const place = reinterpret_cast<unsigned long long*>(kernels::dynamic_shared() + bytes);
      if (threadIdx.x == 0 && kernels::cluster_rank() == 0) kernels::store_to_block(rank, place, 1ull);
      cluster_barrier();
    });
  };
  EXPECT_EQ(error_of_store(1, 32), "none");
  EXPECT_THAT(error_of_store(1, 40), HasSubstr("outside its shared memory"));
  EXPECT_THAT(error_of_store(1, 4), HasSubstr("not aligned"));
  EXPECT_THAT(error_of_store(1, -8), HasSubstr("outside its shared memory"));
  EXPECT_THAT(error_of_store(2, 0), HasSubstr("not in the cluster"));
  for (const int at : {-1, 40}) {
    EXPECT_THAT(error_in_cluster(1, 40, [=] { kernels::dynamic_shared()[at] = 0; }),
                HasSubstr("wrote outside the shared memory"));
  }
  EXPECT_EQ(error_in_cluster(1, 40, [=] { kernels::dynamic_shared()[39] = 0; }), "none");
}

TEST(Emulation, ACopyToSharedMemoryIsCompleteAfterWaiting) {
  alignas(16) const uint32_t from[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  const auto copy_from = [&](int first) {
    return error_in_cluster(1, 16, [&, first] {
      auto* const place = reinterpret_cast<uint4*>(kernels::dynamic_shared());
      if (threadIdx.x > 0) return;
      kernels::copy_to_shared(place, reinterpret_cast<const uint4*>(from + first));
      EXPECT_NE(place->x, from[first]);
      kernels::wait_for_copies();
      EXPECT_EQ(place->x, from[first]);
    });
  };
  EXPECT_EQ(copy_from(4), "none");
  EXPECT_THAT(copy_from(2), HasSubstr("not aligned"));
}

// A product of integers by mma.m16n8k8, filled and read in the layout that ptx.cuh documents.
TEST(Emulation, MmaMultipliesMatricesOfTf32) {
  float a[16][8], b[8][8], c[16][8] = {};
  for (int i = 0; i < 128; ++i) a[i / 8][i % 8] = static_cast<float>(i * 7 % 23 - 11);
  for (int i = 0; i < 64; ++i) b[i / 8][i % 8] = static_cast<float>(i * 5 % 19 - 9);
  emulated::run("mma", 1, 32, 0, [&] {
    const int r = static_cast<int>(threadIdx.x) / 4, s = static_cast<int>(threadIdx.x) % 4;
    float sum[4] = {1, 1, 1, 1};
    kernels::mma_tf32(sum, {a[r][s], a[r + 8][s], a[r][s + 4], a[r + 8][s + 4]}, b[s][r], b[s + 4][r]);
    c[r][2 * s] = sum[0];
    c[r][2 * s + 1] = sum[1];
    c[r + 8][2 * s] = sum[2];
    c[r + 8][2 * s + 1] = sum[3];
  });
  for (int row = 0; row < 16; ++row) {
    for (int col = 0; col < 8; ++col) {
      float expected = 1;
      for (int k = 0; k < 8; ++k) expected += a[row][k] * b[k][col];
      EXPECT_EQ(c[row][col], expected) << row << "," << col;
    }
  }
}

TEST(Emulation, Tf32KeepsTenBits) {
  EXPECT_EQ(kernels::to_tf32(1 + 0x1p-10f), 1 + 0x1p-10f);
  EXPECT_EQ(kernels::to_tf32(1 + 0x1p-11f), 1 + 0x1p-10f);  // ties round away from zero
  EXPECT_EQ(kernels::to_tf32(-1 - 0x1p-11f), -1 - 0x1p-10f);
  EXPECT_EQ(kernels::to_tf32(1 + 0x1p-12f), 1.0f);
}

}  // namespace
}  // namespace tagloom

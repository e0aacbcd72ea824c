// Statistics of samples, and the number of calls per sample.
#include "tools/bench/timing.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "tests/support/expect_error.h"

namespace tagloom {
namespace {

TEST(BenchTiming, ComputesMedianAndQuartiles) {
  const Timing timing = timing_of({5, 1, 2, 4, 30}, 1);
  EXPECT_DOUBLE_EQ(timing.median, 4);
  EXPECT_DOUBLE_EQ(timing.spread, (5.0 - 2.0) / 4);
  EXPECT_DOUBLE_EQ(timing.least, 1);
  EXPECT_EQ(timing.samples, 5);
}

TEST(BenchTiming, InterpolatesAndDividesByTheCalls) {
  const Timing timing = timing_of({40, 10, 20, 30}, 10);
  EXPECT_DOUBLE_EQ(timing.median, 2.5);
  EXPECT_DOUBLE_EQ(timing.spread, (3.25 - 1.75) / 2.5);
  EXPECT_EQ(timing.calls, 10);
}

TEST(BenchTiming, OneSampleHasNoSpreadAndNoSampleIsRejected) {
  EXPECT_DOUBLE_EQ(timing_of({2}, 1).spread, 0);
  EXPECT_ERROR(kInternal, "nothing to summarise", timing_of({}, 1));
}

TEST(BenchTiming, BatchesShortCallsAndTakesFiveSamplesOfLongOnes) {
  int64_t called = 0;
  const Timing fast = time_calls(
      Device::cpu(), [&] { ++called; }, 1e-3);
  EXPECT_GT(fast.calls, 100);
  EXPECT_EQ(called, 4 + fast.calls * (1 + fast.samples));  // four single calls and one warm-up sample
  called = 0;
  const auto sleep = [&] {
    ++called;
    std::this_thread::sleep_for(std::chrono::milliseconds(4));
  };
  const Timing slow = time_calls(Device::cpu(), sleep, 1e-3);
  EXPECT_EQ(slow.calls, 1);
  EXPECT_EQ(slow.samples, 5);
  EXPECT_EQ(called, 9);
  EXPECT_GE(slow.least, 4e-3);
}

}  // namespace
}  // namespace tagloom

// Learning-rate schedules at their edge cases, against values computed by hand or by PyTorch.
#include "engine/optim/schedule.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/support/expect_error.h"
#include "tests/support/golden.h"

namespace tagloom {
namespace {

using Kind = ScheduleKind;

TEST(Schedule, ConstantIsOne) {
  const Schedule schedule(ScheduleOptions{});
  EXPECT_EQ(schedule.factor(0), 1);
  EXPECT_EQ(schedule.factor(1000000), 1);
}

TEST(Schedule, StepsByEpoch) {
  const Schedule schedule({.kind = Kind::kStep, .iterations_per_epoch = 7, .step_every = 3, .minimum_factor = 0.005});
  EXPECT_EQ(schedule.factor(20), 1);
  EXPECT_DOUBLE_EQ(schedule.factor(21), 0.1);
  EXPECT_DOUBLE_EQ(schedule.factor(62), 0.01);
  EXPECT_EQ(schedule.factor(63), 0.005);  // the minimum
}

TEST(Schedule, WarmsUpLinearly) {
  const Schedule schedule({.warmup_iterations = 4});
  EXPECT_EQ(schedule.factor(0), 0.25);
  EXPECT_EQ(schedule.factor(2), 0.75);
  EXPECT_EQ(schedule.factor(3), 1);
  EXPECT_EQ(schedule.factor(4), 1);
}

TEST(Schedule, CosineFallsFromTheWarmUpToTheEnd) {
  const Schedule schedule({.kind = Kind::kCosine, .total_iterations = 110, .warmup_iterations = 10, .minimum_factor = 0.2});
  EXPECT_DOUBLE_EQ(schedule.factor(4), 0.5);
  EXPECT_DOUBLE_EQ(schedule.factor(10), 1);
  EXPECT_DOUBLE_EQ(schedule.factor(60), 0.6);
  EXPECT_NEAR(schedule.factor(35), 0.2 + 0.8 * (1 + std::sqrt(0.5)) / 2, 1e-12);
  EXPECT_DOUBLE_EQ(schedule.factor(110), 0.2);
  EXPECT_DOUBLE_EQ(schedule.factor(9999), 0.2);
}

TEST(Schedule, PlateauWaitsAndThenHalves) {
  Schedule schedule({.kind = Kind::kPlateau, .plateau_patience = 2, .minimum_factor = 0.3});
  for (double loss : {1.0, 1.0, 1.2}) schedule.end_epoch(loss);  // equal is not lower
  EXPECT_EQ(schedule.factor(0), 1);
  schedule.end_epoch(std::numeric_limits<double>::quiet_NaN());
  EXPECT_EQ(schedule.factor(0), 0.5);
  for (double loss : {0.9, 0.95, 0.95}) schedule.end_epoch(loss);  // 0.9 is better: patience starts again
  EXPECT_EQ(schedule.factor(0), 0.5);
  schedule.end_epoch(0.95);
  EXPECT_EQ(schedule.factor(0), 0.3);  // 0.25 is below the minimum
}

void expect_golden(const std::string& name, ScheduleOptions options) {
  const std::vector<double> wanted = test::Golden("schedules_golden.txt").get<double>(name);
  options.total_iterations = static_cast<int64_t>(wanted.size());
  const Schedule schedule(options);
  for (size_t i = 0; i < wanted.size(); ++i) {
    EXPECT_NEAR(schedule.factor(static_cast<int64_t>(i)), wanted[i], 1e-12) << name << " at " << i;
  }
}

TEST(Schedule, OneCycleMatchesPyTorch) {
  expect_golden("one_cycle", {.kind = Kind::kOneCycle});
  expect_golden("one_cycle_other", {.kind = Kind::kOneCycle, .cycle_up = 0.45, .cycle_divisor = 10, .cycle_final_divisor = 100});
}

TEST(Schedule, CyclicMatchesPyTorch) {
  expect_golden("triangular", {.kind = Kind::kCyclic, .cycle_up_iterations = 7, .cycle_down_iterations = 7});
  expect_golden(
      "triangular2",
      {.kind = Kind::kCyclic, .cycle_low = 0.2, .cycle_up_iterations = 4, .cycle_down_iterations = 11, .cycle_decay = 0.5});
}

TEST(Schedule, OneCycleStaysWithinItsEnds) {
  for (const int64_t total : {1, 2, 3}) {
    for (const double up : {0.0, 0.5, 1.0}) {
      const Schedule schedule({.kind = Kind::kOneCycle, .total_iterations = total, .cycle_up = up});
      for (int64_t i = 0; i <= total; ++i) {
        EXPECT_GE(schedule.factor(i), 0) << total << " " << up << " " << i;
        EXPECT_LE(schedule.factor(i), 1) << total << " " << up << " " << i;
      }
    }
  }
}

TEST(Schedule, PlateauResumesFromItsState) {
  const ScheduleOptions options{.kind = Kind::kPlateau, .plateau_patience = 1};
  Schedule whole(options), resumed(options);
  for (double loss : {3.0, 2.0 / 3, 2.5}) whole.end_epoch(loss);
  resumed.set_state(whole.state());
  for (double loss : {2.0 / 3, 0.6, 0.7, 0.8}) {
    whole.end_epoch(loss);
    resumed.end_epoch(loss);
    EXPECT_EQ(whole.state(), resumed.state());
  }
  EXPECT_EQ(whole.factor(0), 0.25);
}

TEST(Schedule, RoundTripsAFreshState) {
  Schedule schedule(ScheduleOptions{.kind = Kind::kPlateau, .plateau_patience = 0});
  schedule.set_state(Schedule(ScheduleOptions{}).state());  // the best loss is still infinity
  schedule.end_epoch(5);
  EXPECT_EQ(schedule.factor(0), 1);
}

TEST(Schedule, RejectsInvalidSettingsAndStates) {
  EXPECT_ERROR(kUsage, "at least one iteration", Schedule(ScheduleOptions{.total_iterations = 0}));
  EXPECT_ERROR(kUsage, "optim.step_every must be at least 1, got 0",
               Schedule(ScheduleOptions{.kind = Kind::kStep, .step_every = 0}));
  EXPECT_ERROR(kUsage, "at least one iteration each", Schedule(ScheduleOptions{.cycle_up_iterations = 0}));
  Schedule schedule(ScheduleOptions{});
  for (const char* state :
       {"half", "0.5 1 2 3", "nan inf 0", "2 1 0", "-1 1 0", "0.5 nan 0", "0.5 1 -1", "0.5 1 9223372036854775807"})
    EXPECT_ERROR(kData, "the file is damaged", schedule.set_state(state));
}

}  // namespace
}  // namespace tagloom

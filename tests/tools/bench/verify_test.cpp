// Verification finds wrong results before they are timed.
#include "tools/bench/verify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <stdexcept>

namespace tagloom {
namespace {

using test::OpCase;
using test::OpRun;
using ::testing::HasSubstr;

// y[i] = i + offset(), for the first `written` of four elements.
OpCase ramp(int64_t written, const std::function<float()>& offset) {
  OpCase row{"ramp[n=4]", test::kExact};
  row.prepare = [=](OpRun& op) -> std::function<void()> {
    Real* y = op.output<Real>("y", {4});
    return [=] {
      for (int64_t i = 0; i < written; ++i) y[i] = static_cast<Real>(i) + offset();
    };
  };
  return row;
}

Step constant_step(float value) {
  return {[] {}, [value] { return std::vector<float>{1, value}; }};
}

TEST(BenchVerify, AcceptsADeterministicOp) {
  int calls = 0;
  const ReadyRow ready = verified_op(ramp(4, [&calls] { return ++calls, 0.0f; }), Device::cpu());
  EXPECT_EQ(ready.verdict.wrong, "");
  EXPECT_EQ(ready.verdict.how, "same bits twice");
  EXPECT_EQ(calls, 8);
  ready.call();
  EXPECT_EQ(calls, 12);
}

TEST(BenchVerify, RejectsANondeterministicOp) {
  float calls = 0;
  const ReadyRow ready = verified_op(ramp(4, [&calls] { return calls += 1; }), Device::cpu());
  EXPECT_THAT(ready.verdict.wrong, HasSubstr("second and first run differ: y at 0: 5 and 1"));
}

TEST(BenchVerify, ComparesTheRequestedNumberOfRuns) {
  int calls = 0;
  const auto differs_later = [&calls] { return ++calls > 4 * 3 ? 1.0f : 0.0f; };  // from the fourth run on
  EXPECT_EQ(verified_op(ramp(4, differs_later), Device::cpu(), {.runs = 3}).verdict.how, "same bits 3 times");
  calls = 0;
  EXPECT_THAT(verified_op(ramp(4, differs_later), Device::cpu(), {.runs = 4}).verdict.wrong,
              HasSubstr("run differ: y at 0: 1 and 0"));
  int made = 0;
  const auto step = [&](Device) { return constant_step(++made < 4 ? 2 : 3); };
  EXPECT_EQ(verified_step(step, 1e-3, Device::cpu(), {.runs = 3}).verdict.wrong, "");
  made = 0;
  EXPECT_EQ(verified_step(step, 1e-3, Device::cpu(), {.runs = 4}).verdict.wrong, "second and first run differ");
}

TEST(BenchVerify, ReportsUnverifiedRowsWithoutRunningThem) {
  int calls = 0;
  const ReadyRow op = verified_op(ramp(3, [&calls] { return ++calls, 0.0f; }), Device::cpu(), {.verify = false});
  EXPECT_THAT(op.verdict.how, HasSubstr("not verified"));
  EXPECT_EQ(op.verdict.wrong, "");
  EXPECT_EQ(calls, 0);
  op.call();
  EXPECT_EQ(calls, 3);
  const auto infinite = [](Device) { return constant_step(std::numeric_limits<float>::infinity()); };
  const ReadyRow step = verified_step(infinite, 1e-3, Device::cpu(), {.verify = false});
  EXPECT_EQ(step.verdict.how, op.verdict.how);
  EXPECT_EQ(step.verdict.wrong, "");
}

TEST(BenchVerify, RejectsAnOpThatWritesTooLittleOrTooMuch) {
  EXPECT_EQ(verified_op(ramp(3, [] { return 0.0f; }), Device::cpu()).verdict.wrong, "part of y was not written");
  EXPECT_EQ(verified_op(ramp(5, [] { return 0.0f; }), Device::cpu()).verdict.wrong, "memory around y was written");
}

TEST(BenchVerify, DoesNotCompareTheCpuWithItself) {
  const auto never = [](Device) -> Step { throw std::logic_error("only a GPU needs fewer pictures"); };
  EXPECT_EQ(verified_step([](Device) { return constant_step(2); }, never, 1e-3, Device::cpu()).verdict.how, "same bits twice");
}

TEST(BenchVerify, StepsMustBeDeterministicAndFinite) {
  EXPECT_EQ(verified_step([](Device) { return constant_step(2); }, 1e-3, Device::cpu()).verdict.wrong, "");
  float made = 0;
  EXPECT_EQ(verified_step([&made](Device) { return constant_step(made += 1); }, 1e-3, Device::cpu()).verdict.wrong,
            "second and first run differ");
  const float infinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(verified_step([=](Device) { return constant_step(infinity); }, 1e-3, Device::cpu()).verdict.wrong,
            "an answer is not finite");
}

// Its answer is the number of calls; a recorded step, replayed at the third call, adds `replay_error`.
Step counting_step(bool recorded, float replay_error) {
  const auto calls = std::make_shared<int>(0);
  return {[calls] { ++*calls; },
          [=] { return std::vector<float>{static_cast<float>(*calls) + (recorded && *calls == 3 ? replay_error : 0)}; },
          [=] { return recorded && *calls > 1; }};
}

TEST(BenchVerify, ReplayedStepsMustMatchLaunchedOnes) {
  for (const float replay_error : {0.0f, 1.0f}) {
    int made = 0;  // the first is timed, the second checks its first call, the third is launched
    const auto make = [&](Device) { return counting_step(++made == 1, replay_error); };
    const ReadyRow ready = verified_step(make, 1e-3, Device::cpu());
    EXPECT_EQ(ready.verdict.how, "same bits twice, recorded");
    EXPECT_EQ(ready.verdict.wrong, replay_error == 0 ? "" : "the replayed step and the step of single launches differ");
  }
  EXPECT_EQ(verified_step([](Device) { return counting_step(false, 0); }, 1e-3, Device::cpu()).verdict.how, "same bits twice");
}

TEST(BenchRows, HaveUniqueNamesAndCoverTheTaggers) {
  std::vector<std::string> names;
  for (const bool all : {false, true}) {
    names.clear();
    for (const auto& rows : {op_rows(false, all), backbone_rows(false, all), step_rows()}) {
      for (const BenchRow& row : rows) names.push_back(row.name);
    }
    std::vector<std::string> sorted = names;
    std::sort(sorted.begin(), sorted.end());
    EXPECT_EQ(std::adjacent_find(sorted.begin(), sorted.end()), sorted.end());
    for (const char* part :
         {"conv2d_forward[n=32 h=56 w=56 c=64 k=64 r=3", "lstm_gates_forward[n=256 d=512", "resnet50_features[n=32",
          "sigmoid_masked_bce[t=5 n=256 v=1024", "multi_order_step[n=32", "rank_step[n=32", "adam_step"}) {
      EXPECT_THAT(names, testing::Contains(HasSubstr(part))) << part;
    }
  }
  EXPECT_THAT(names, testing::Contains(HasSubstr("relu_forward[n=33 ")));
  EXPECT_THAT(names, testing::Contains("resnet50_train[n=4 size=64 precision=bf16]"));
}

}  // namespace
}  // namespace tagloom

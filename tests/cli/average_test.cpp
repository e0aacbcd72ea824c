// tagtrain with averaged weights and with early stopping.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <sstream>

#include "tests/cli/train_tools.h"

namespace tagloom {
namespace {

using test::expect_same_checkpoint;
using test::ProgramResult;
using test::run_program;
using ::testing::HasSubstr;
using ::testing::Not;

using AveragedRuns = test::TrainTools;

TEST_F(AveragedRuns, ResumeWithTheSameBits) {
  const std::vector<std::string> ema{"--set", "optim.average=ema", "--set", "optim.average_decay=0.8"};
  ASSERT_EQ(train("whole", ema).code, 0);
  const ProgramResult stopped = train("stopped", ema, {.signal_after = "epoch=1", .signal = SIGINT});
  ASSERT_EQ(stopped.code, 130) << stopped.err;
  const ProgramResult resumed = run_program({"tagtrain", "--resume", path("stopped")});
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  expect_same_checkpoint(path("whole/last.safetensors"), path("stopped/last.safetensors"));
  expect_same_checkpoint(path("whole/best.safetensors"), path("stopped/best.safetensors"));

  const Safetensors last = Safetensors::open(path("whole/last.safetensors"));
  EXPECT_EQ(last.require("average.lstm.weight_ih").shape, last.require("lstm.weight_ih").shape);
  const ProgramResult plain = train("plain");  // the average does not affect the training
  ASSERT_EQ(plain.code, 0);
  const Safetensors other = Safetensors::open(path("plain/last.safetensors"));
  EXPECT_EQ(last.to_floats(last.require("cnn.conv1.weight")), other.to_floats(other.require("cnn.conv1.weight")));
}

TEST_F(AveragedRuns, WithoutValidationTheBestIsTheMeanOfTheLastEpochs) {
  const auto run = [&](const std::string& name, const std::string& epochs, std::vector<std::string> more) {
    more.insert(more.end(),
                {"--set", "data.validation=", "--set", "data.validation_fraction=0", "--set", "train.epochs=" + epochs});
    const ProgramResult result = train(name, more);
    EXPECT_EQ(result.code, 0) << result.err;
  };
  run("two", "2", {});
  run("mean", "3", {"--set", "optim.average=swa", "--set", "optim.average_after=0.3"});  // the epochs 2 and 3
  const Safetensors second = Safetensors::open(path("two/last.safetensors")),
                    third = Safetensors::open(path("mean/last.safetensors"));
  const Safetensors best = Safetensors::open(path("mean/best.safetensors"));
  int weights = 0, statistics = 0;
  for (const SafetensorsEntry& entry : best.entries()) {
    const std::vector<float> mean = best.to_floats(entry), a = second.to_floats(second.require(entry.name)),
                             b = third.to_floats(third.require(entry.name));
    double largest = 0;
    for (size_t i = 0; i < mean.size(); ++i) largest = std::max<double>(largest, std::abs(mean[i] - (a[i] + b[i]) / 2));
    if (entry.name.find("running_") != std::string::npos) {
      statistics += largest > 1e-4;  // measured again, not averaged
    } else {
      ++weights;
      EXPECT_LT(largest, 1e-5) << entry.name;
    }
  }
  EXPECT_GT(weights, 10);
  EXPECT_GT(statistics, 0);
}

TEST_F(AveragedRuns, PatienceStopsTheTraining) {
  const ProgramResult result = train("patient", {"--set", "train.epochs=9", "--set", "train.patience=2", "--set",
                                                 "optim.learning_rate=1e-30", "--set", "backbone.freeze=true"});
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("epoch=3 "));
  EXPECT_THAT(result.err, Not(HasSubstr("epoch=4 ")));
  EXPECT_THAT(result.err, HasSubstr("stopped early: no better loss in 2 epochs"));
  const ProgramResult again = run_program({"tagtrain", "--resume", path("patient")});
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_THAT(again.err, Not(HasSubstr("epoch=4 ")));
  EXPECT_THAT(again.err, HasSubstr(path("patient") + " is complete: to train it longer, set a larger train.patience\n"));
  const ProgramResult longer = run_program({"tagtrain", "--resume", path("patient"), "--set", "train.patience=3"});
  EXPECT_EQ(longer.code, 0) << longer.err;
  EXPECT_THAT(longer.err, HasSubstr("epoch=4 "));
  EXPECT_EQ(
      train("blind", {"--set", "train.patience=2", "--set", "data.validation=", "--set", "data.validation_fraction=0"}).code, 2);
}

}  // namespace
}  // namespace tagloom

// Numbers on the command line and in settings: only finite decimal ones, of a sane size.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/cli/train_tools.h"

namespace tagloom {
namespace {

using test::ProgramResult;
using test::run_program;
using testing::HasSubstr;

class Numbers : public test::TrainTools {
 protected:
  static void expect_refused(const std::vector<std::string>& words, const std::string& part) {
    const ProgramResult result = run_program(words);
    EXPECT_EQ(result.code, 2) << words.back() << ": " << result.err;
    EXPECT_THAT(result.err, HasSubstr(part)) << words.back();
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
    EXPECT_EQ(result.out, "");
  }
};

const char* const kNotNumbers[] = {"nan", "-inf", "1e999", "0x10", "0.5x", "+-1"};  // parse_number_test.cpp has more

TEST_F(Numbers, FlagsTakeFiniteDecimalNumbers) {
  for (const std::string text : kNotNumbers) {
    expect_refused({"tageval", finished(), "--fail-under", "f1_label=" + text}, "write it as METRIC=VALUE");
    expect_refused({"tagpredict", finished(), path("scenes/images"), "--threshold=" + text},
                   "--threshold takes a number, got \"" + text);
    expect_refused({"tagpredict", finished(), path("scenes/images"), "--top-k=" + text},
                   "--top-k takes an integer, got \"" + text);
    expect_refused({"tageval", finished(), "--threshold=" + text}, "decode.threshold takes a number");
    expect_refused({"tagdata", "scenes", path("x"), "--seed=" + text}, "--seed takes an integer");
  }
  expect_refused({"tagpredict", finished(), path("scenes/images"), "--top-k=99999999999999999999"}, "--top-k takes an integer");
  expect_refused({"tagpredict", finished(), path("scenes/images"), "--threshold", ""}, "--threshold takes a number, got \"\"");
  const ProgramResult signs =
      run_program({"tageval", finished(), "--quiet", "--fail-under", "f1_label=-1.5e-3", "--threshold", "+0.5"});
  EXPECT_EQ(signs.code, 0) << signs.err;
}

TEST_F(Numbers, SettingsTakeFiniteNumbersThatFitAFloat) {
  for (const std::string text : kNotNumbers) {
    expect_refused({"tagtrain", "-c", path("tiny.toml"), "-o", path("x"), "--set", "optim.learning_rate=" + text},
                   "optim.learning_rate takes a number");
    expect_refused({"tagtrain", "-c", path("tiny.toml"), "-o", path("x"), "--set", "train.epochs=" + text},
                   "train.epochs takes an integer");
  }
  for (const std::string value : {"nan", "inf", "-inf", "1e39", "1e999"}) {
    test::write_whole_file(path("odd.toml"), "[optim]\nlearning_rate = " + value + "\n");
    const ProgramResult result = run_program({"tagtrain", "-c", path("odd.toml"), "-o", path("x")});
    EXPECT_EQ(result.code, 2) << value << ": " << result.err;
    EXPECT_THAT(result.err, HasSubstr("odd.toml:2:")) << value;
  }
}

TEST_F(Numbers, HugeCountsAreRefused) {
  for (const std::string key :
       {"train.batch_size", "train.threads", "data.workers", "data.size", "data.minimum_count", "model.hidden", "model.steps",
        "decode.top_k", "optim.warmup_iterations", "optim.average_every"}) {
    expect_refused({"tagtrain", "-c", path("tiny.toml"), "-o", path("x"), "--set", key + "=1099511627776"},
                   key + " takes an integer, ");
  }
  expect_refused({"tagtrain", "-c", path("tiny.toml"), "-o", path("x"), "--set", "train.epochs=9223372036854775807"},
                 "1 to 1000000000");
  expect_refused({"tagtrain", "-c", path("tiny.toml"), "-o", path("x"), "--set", "neighbours.k=1e300"}, "neighbours.k takes");
  expect_refused({"tagtrain", "--suite", path("tiny.toml"), "-o", path("x"), "--jobs", "9223372036854775807"}, "--jobs is ");
  const ProgramResult largest =
      run_program({"tagtrain", "-c", path("tiny.toml"), "--dry-run", "--set", "train.epochs=1000000000", "--set",
                   "train.seed=9223372036854775807", "--set", "optim.warmup_iterations=1000000000"});
  EXPECT_EQ(largest.code, 0) << largest.err;
}

}  // namespace
}  // namespace tagloom

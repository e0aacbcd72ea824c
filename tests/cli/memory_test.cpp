// tagtrain's memory plan, and its errors when there is not enough memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>

#include "tests/cli/train_tools.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;
using test::ProgramResult;
using test::run_program;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::StartsWith;

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kSpansTerabytes = true;  // AddressSanitizer's shadow; no ulimit -v is large enough
#else
constexpr bool kSpansTerabytes = false;
#endif

class Memory : public test::TrainTools {
 protected:
  // tagtrain -c tiny.toml -o RUN with limited address space
  static ProgramResult train_within(int64_t kibibytes, const std::string& run, const std::string& more) {
    const std::string command = "ulimit -v " + std::to_string(kibibytes) + " && exec " + test::built_program("tagtrain") +
                                " -c " + path("tiny.toml") + " -o " + path(run) + " " + more;
    return run_program({"/bin/sh", "-c", command}, {.environment = {{"OMP_NUM_THREADS", "2"}}});
  }
  static double number_before(const std::string& words, const std::string& text) {
    std::smatch found;
    EXPECT_TRUE(std::regex_search(text, found, std::regex("([0-9.]+) ([KMG]iB) " + words))) << text;
    return found.empty() ? 0 : std::stod(found[1]) * (found[2] == "GiB" ? 1024 : found[2] == "KiB" ? 1.0 / 1024 : 1);
  }
};

TEST_F(Memory, DryRunPrintsTheMemoryPlan) {
  const ProgramResult plan = train("dry", {"--dry-run"});
  ASSERT_EQ(plan.code, 0) << plan.err;
  EXPECT_THAT(plan.err, ContainsRegex("memory +[0-9.]+ [KM]iB of weights, [0-9.]+ [KM]iB of gradients and optimizer"));
  EXPECT_THAT(plan.err, HasSubstr("measured by steps of 2 and "));
  EXPECT_THAT(plan.err, ContainsRegex("a batch of 8 needs .* are free: at most [0-9]+ pictures per batch"));
  // AdamW keeps two numbers per gradient element; the padding between parameters is small.
  const double weights = number_before("of weights", plan.err);
  EXPECT_NEAR(number_before("of gradients and optimizer", plan.err) / weights, 3, 0.1);
  // Four times the pixels, four times the maps.
  const double small = number_before("per picture", plan.err);
  const double large = number_before("per picture", train("dry", {"--dry-run", "--set", "data.size=64"}).err);
  EXPECT_NEAR(large / small, 4, 0.5);
  EXPECT_FALSE(fs::exists(path("dry")));
}

TEST_F(Memory, RejectsABatchThatDoesNotFit) {
  if (kSpansTerabytes) GTEST_SKIP() << "AddressSanitizer needs more address space than any limit gives";
  const ProgramResult result = train_within(6'000'000, "large", "--set data.size=1024 --set train.batch_size=40 --quiet");
  EXPECT_EQ(result.code, 4) << result.err;
  EXPECT_THAT(result.err, StartsWith("tagtrain: a batch of 40 pictures does not fit into the memory of the CPU: it needs "));
  EXPECT_THAT(result.err, ContainsRegex("lower train.batch_size to [0-9]+ or less, or data.size\n$"));
  EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  EXPECT_FALSE(fs::exists(path("large")));

  std::smatch advice;
  ASSERT_TRUE(std::regex_search(result.err, advice, std::regex("to ([0-9]+) or less")));
  EXPECT_LT(std::stoi(advice[1]), 40);
  const ProgramResult planned =
      train_within(6'000'000, "large", "--set data.size=1024 --dry-run --set train.batch_size=" + std::string(advice[1]));
  EXPECT_EQ(planned.code, 0) << planned.err;
}

TEST_F(Memory, RejectsPicturesTooLargeForAnyBatch) {
  if (kSpansTerabytes) GTEST_SKIP() << "AddressSanitizer needs more address space than any limit gives";
  const ProgramResult result = train_within(6'000'000, "huge", "--set data.size=4096 --quiet");
  EXPECT_EQ(result.code, 4) << result.err;
  EXPECT_THAT(result.err, HasSubstr("does not fit into the memory of the CPU"));
  EXPECT_THAT(result.err, HasSubstr("data.size"));
  EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  EXPECT_FALSE(fs::exists(path("huge")));
}

// oneDNN and OpenMP do not survive a lack of address space; the tools must not reach it.
TEST_F(Memory, AnyLimitOfAddressSpaceGivesASentenceOrAResult) {
  if (kSpansTerabytes) GTEST_SKIP() << "AddressSanitizer needs more address space than any limit gives";
  const std::string run = finished();
  const auto program =
      static_cast<int64_t>(fs::file_size(test::built_program("tagtrain")) >> 20);  // Linux kills what it cannot map
  for (int64_t mebibytes = program + 50; mebibytes <= program + 350; mebibytes += 15) {
    fs::remove_all(path("narrow"));
    for (const std::string& words :
         {"tagtrain -q -c " + path("tiny.toml") + " -o " + path("narrow"), "tagpredict -q " + run + " " + path("scenes/images"),
          "tageval -q " + run, "tagdata inspect " + path("scenes/train.tsv")}) {
      const ProgramResult result =
          run_program({"/bin/sh", "-c",
                       "ulimit -v " + std::to_string(mebibytes * 1024) + "; " + test::built_program(words) +
                           "; code=$?; [ $code = 127 ] && exit 126; exit $code"},  // 127: the loader ran out of memory
                      {.environment = {{"OMP_NUM_THREADS", "2"}, {"OMP_WAIT_POLICY", "passive"}}, .seconds = 100});
      if (result.err.find("error while loading shared libraries") != std::string::npos) continue;
      EXPECT_TRUE(result.code == 0 || result.code == 4)
          << mebibytes << " MiB, " << words << ": " << result.code << " " << result.err;
      EXPECT_EQ(result.err.empty(), result.code == 0) << result.err;
    }
  }
}

TEST_F(Memory, EvaluationReportsItsBatchSetting) {
  if (kSpansTerabytes) GTEST_SKIP() << "AddressSanitizer needs more address space than any limit gives";
  const std::string command = "ulimit -v 6000000 && exec " + test::built_program("tageval") + " " + finished() +
                              " --quiet --set data.size=4096 --set eval.batch_size=6";
  const ProgramResult result = run_program({"/bin/sh", "-c", command}, {.environment = {{"OMP_NUM_THREADS", "2"}}});
  EXPECT_EQ(result.code, 4) << result.err;
  EXPECT_THAT(result.err, ContainsRegex("a batch of 6 pictures does not fit .* lower eval.batch_size, data.size"));
}

}  // namespace
}  // namespace tagloom

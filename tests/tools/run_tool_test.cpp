#include "tools/command_line/run_tool.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <new>
#include <system_error>
#include <thread>

#include "kernels/base/memory.h"

namespace tagloom {
namespace {

struct Outcome {
  int code;
  std::string complaint;
};

Outcome outcome_of(const Command& command, std::vector<std::string> words = {"tagtest"}) {
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  testing::internal::CaptureStderr();
  const int code = run_tool("tagtest", static_cast<int>(argv.size()), argv.data(), command);
  return {code, testing::internal::GetCapturedStderr()};
}

Outcome outcome_of(ErrorKind kind) {
  return outcome_of([kind](const auto&) -> int { fail(kind, "a cause"); });
}

TEST(RunTool, EveryKindOfErrorHasItsExitCode) {
  EXPECT_EQ(outcome_of(ErrorKind::kInternal).code, 1);
  EXPECT_EQ(outcome_of(ErrorKind::kUsage).code, 2);
  EXPECT_EQ(outcome_of(ErrorKind::kData).code, 3);
  EXPECT_EQ(outcome_of(ErrorKind::kDevice).code, 4);
  EXPECT_EQ(outcome_of(ErrorKind::kNumeric).code, 5);
}

#ifdef __SSE3__
TEST(RunTool, NumbersThatAreTooSmallCountAsZeroInEveryThread) {
  volatile float small = 1e-38f;  // its tenth has no room for all its digits
  float here = 1, there = 1;
  const auto tenth = [&](float& of) { of = small * 0.1f; };
  outcome_of([&](const auto&) -> int {
    tenth(here);
    std::thread(tenth, std::ref(there)).join();
    return 0;
  });
  EXPECT_EQ(here, 0);
  EXPECT_EQ(there, 0);
  tenth(here);
  EXPECT_GT(here, 0) << "as it was before";
}
#endif

TEST(RunTool, TheComplaintIsOneLineWithTheToolsName) {
  EXPECT_EQ(outcome_of(ErrorKind::kUsage).complaint, "tagtest: a cause\n");
  EXPECT_EQ(outcome_of(ErrorKind::kInternal).complaint,
            "tagtest: internal error: a cause: please report it with the command line\n");
}

TEST(RunTool, OtherExceptionsHaveTheirPlaceToo) {
  const Outcome memory = outcome_of([](const auto&) -> int { throw std::bad_alloc(); });
  EXPECT_EQ(memory.code, 4);
  EXPECT_EQ(memory.complaint,
            "tagtest: out of memory: a smaller train.batch_size, eval.batch_size, data.size or data.workers needs less\n");
  const Outcome block = outcome_of([](const auto&) -> int { throw OutOfMemory(5, "out of memory: 5 B could not be had"); });
  EXPECT_EQ(block.code, 4);
  EXPECT_EQ(block.complaint,
            "tagtest: out of memory: 5 B could not be had: a smaller train.batch_size, eval.batch_size, data.size or "
            "data.workers needs less\n");
  EXPECT_EQ(outcome_of([](const auto&) -> int {
              throw std::system_error(std::make_error_code(std::errc::resource_unavailable_try_again));
            }).code,
            4);
  EXPECT_EQ(outcome_of([](const auto&) -> int { throw std::system_error(std::make_error_code(std::errc::bad_message)); }).code,
            1);
  EXPECT_EQ(outcome_of([](const auto&) -> int { return static_cast<int>(std::filesystem::file_size("/nowhere")); }).code, 3);
  EXPECT_EQ(outcome_of([](const auto&) -> int { throw std::logic_error("slip"); }).code, 1);
}

TEST(RunTool, TheCommandsCodeAndArgumentsPassThrough) {
  std::vector<std::string> seen;
  const Outcome outcome = outcome_of(
      [&](const std::vector<std::string>& arguments) {
        seen = arguments;
        return exit_code_of_signal(15);
      },
      {"tagtest", "a", "--b"});
  EXPECT_EQ(outcome.code, 143);
  EXPECT_EQ(outcome.complaint, "");
  EXPECT_EQ(seen, (std::vector<std::string>{"a", "--b"}));
}

}  // namespace
}  // namespace tagloom

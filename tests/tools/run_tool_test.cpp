// Exit codes and messages of exceptions, and denormals.
#include "tools/command_line/run_tool.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <new>
#include <system_error>
#include <thread>

#include "engine/io/mapped_file.h"
#include "kernels/base/memory.h"
#include "tests/support/temporary_folder.h"

namespace tagloom {
namespace {

struct Outcome {
  int code;
  std::string message;
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

TEST(RunTool, MapsErrorKindsToExitCodes) {
  EXPECT_EQ(outcome_of(ErrorKind::kInternal).code, 1);
  EXPECT_EQ(outcome_of(ErrorKind::kUsage).code, 2);
  EXPECT_EQ(outcome_of(ErrorKind::kData).code, 3);
  EXPECT_EQ(outcome_of(ErrorKind::kDevice).code, 4);
  EXPECT_EQ(outcome_of(ErrorKind::kNumeric).code, 5);
}

#ifdef __SSE2__
TEST(RunTool, FlushesDenormalsToZeroInEveryThread) {
  volatile float small = 1e-38f;  // a tenth of it is a denormal
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
  EXPECT_GT(here, 0) << "restored afterwards";
}
#endif

TEST(RunTool, NamesAMappedFileThatCannotBeRead) {
  const test::TemporaryFolder folder;
  const std::string path = folder / "it's a photo.jpg";
  const auto read_after_truncation = [&](const auto&) -> int {
    const MappedFile file(path);
    std::filesystem::resize_file(path, 0);
    volatile std::byte first = file.bytes()[0];
    return static_cast<int>(first);
  };
  test::write_whole_file(path, "a");
  const auto run = [&] {
    std::string name = "tagtest";
    char* words[] = {name.data()};
    std::exit(run_tool("tagtest", 1, words, read_after_truncation));
  };
  EXPECT_EXIT(run(), testing::ExitedWithCode(3),
              "^tagtest: " + path +
                  ": a part of this file cannot be read: the disk failed, or the file became shorter while it was "
                  "in use\n$");
}

TEST(RunTool, PrintsOneLineWithTheToolsName) {
  EXPECT_EQ(outcome_of(ErrorKind::kUsage).message, "tagtest: a cause\n");
  EXPECT_EQ(outcome_of(ErrorKind::kInternal).message,
            "tagtest: internal error: a cause: please report it with the command line\n");
}

TEST(RunTool, MapsOtherExceptionsToExitCodes) {
  const Outcome memory = outcome_of([](const auto&) -> int { throw std::bad_alloc(); });
  EXPECT_EQ(memory.code, 4);
  EXPECT_EQ(memory.message, "tagtest: out of memory: lower train.batch_size, eval.batch_size, data.size or data.workers\n");
  const Outcome block = outcome_of([](const auto&) -> int { throw OutOfMemory(5, "out of memory: 5 B could not be had"); });
  EXPECT_EQ(block.code, 4);
  EXPECT_EQ(block.message,
            "tagtest: out of memory: 5 B could not be had: lower train.batch_size, eval.batch_size, data.size or data.workers\n");
  EXPECT_EQ(outcome_of([](const auto&) -> int {
              throw std::system_error(std::make_error_code(std::errc::resource_unavailable_try_again));
            }).code,
            4);
  EXPECT_EQ(outcome_of([](const auto&) -> int { throw std::system_error(std::make_error_code(std::errc::bad_message)); }).code,
            1);
  EXPECT_EQ(outcome_of([](const auto&) -> int { return static_cast<int>(std::filesystem::file_size("/nowhere")); }).code, 3);
  EXPECT_EQ(outcome_of([](const auto&) -> int { throw std::logic_error("slip"); }).code, 1);
}

TEST(RunTool, PassesArgumentsAndExitCode) {
  std::vector<std::string> seen;
  const Outcome outcome = outcome_of(
      [&](const std::vector<std::string>& arguments) {
        seen = arguments;
        return exit_code_of_signal(15);
      },
      {"tagtest", "a", "--b"});
  EXPECT_EQ(outcome.code, 143);
  EXPECT_EQ(outcome.message, "");
  EXPECT_EQ(seen, (std::vector<std::string>{"a", "--b"}));
}

}  // namespace
}  // namespace tagloom

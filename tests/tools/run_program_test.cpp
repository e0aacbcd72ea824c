// Tests the support code that runs programs.
#include "tests/support/run_program.h"

#include <gtest/gtest.h>
#include <signal.h>

namespace tagloom {
namespace {

using test::ProgramResult;
using test::run_program;

ProgramResult shell(const std::string& script, const test::ProgramOptions& options = {}) {
  return run_program({"/bin/sh", "-c", script}, options);
}

TEST(RunProgram, SeparatesStreamsAndExitCode) {
  const ProgramResult result = shell("echo one; echo two >&2; exit 7");
  EXPECT_EQ(result.code, 7);
  EXPECT_EQ(result.out, "one\n");
  EXPECT_EQ(result.err, "two\n");
}

TEST(RunProgram, PassesFolderEnvironmentAndInput) {
  EXPECT_EQ(shell("pwd; echo $WORD; cat", {.folder = "/", .environment = {{"WORD", "w"}}, .input = "in"}).out, "/\nw\nin");
}

TEST(RunProgram, StderrCanBeATerminal) {
  EXPECT_EQ(shell("test -t 2", {}).code, 1);
  EXPECT_EQ(shell("test -t 2", {.terminal = true}).code, 0);
  EXPECT_EQ(shell("stty size <&2", {.terminal = true}).out, "40 100\n");
}

TEST(RunProgram, SendsASignalAfterAWord) {
  const std::string script = "trap 'echo got it; exit 9' TERM; echo ready; while :; do sleep 0.05; done";
  const ProgramResult result = shell(script, {.signal_after = "ready", .signal = SIGTERM});
  EXPECT_EQ(result.code, 9);
  EXPECT_EQ(result.out, "ready\ngot it\n");
  EXPECT_EQ(shell("kill -9 $$").code, 137);
}

}  // namespace
}  // namespace tagloom

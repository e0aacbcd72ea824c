// Readers of stdout and stderr that go away, a closed terminal, and errors of stdout.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "tests/cli/train_tools.h"

namespace tagloom {
namespace {

using test::expect_same_checkpoint;
using test::ProgramResult;
using test::run_program;
using testing::HasSubstr;

class Streams : public test::TrainTools {};

TEST_F(Streams, AClosedTerminalSavesTheTraining) {
  const ProgramResult stopped = train("hung_up", {}, {.signal_after = "epoch=1", .signal = SIGHUP});
  EXPECT_EQ(stopped.code, 129) << stopped.err;
  EXPECT_THAT(stopped.err, HasSubstr("interrupted and saved"));
  const ProgramResult resumed = run_program({"tagtrain", "--resume", path("hung_up")});
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  expect_same_checkpoint(finished() + "/last.safetensors", path("hung_up/last.safetensors"));
}

TEST_F(Streams, NohupKeepsATrainingAlive) {
  const ProgramResult result =
      run_program({"/bin/sh", "-c",
                   "trap '' HUP; exec " + test::built_program("tagtrain") + " -c " + path("tiny.toml") + " -o " + path("nohup")},
                  {.signal_after = "epoch=1", .signal = SIGHUP});
  EXPECT_EQ(result.code, 0) << result.err;
}

TEST_F(Streams, ATrainingSurvivesTheReaderOfItsProgress) {
  const std::string command = "{ " + test::built_program("tagtrain") + " -c " + path("tiny.toml") + " -o " + path("unread") +
                              " 2>&1 >&3; echo $? > " + path("code") + "; } 3>&1 | true";
  run_program({"/bin/sh", "-c", command});
  EXPECT_EQ(test::read_whole_file(path("code")), "0\n");
  expect_same_checkpoint(finished() + "/last.safetensors", path("unread/last.safetensors"));
}

TEST_F(Streams, AFilterEndsQuietlyWithItsReader) {
  const std::string command = "{ " + test::built_program("tagpredict") + " --quiet " + finished() + " " + path("scenes/images") +
                              "; echo $? > " + path("code") + "; } | true";
  const ProgramResult result = run_program({"/bin/sh", "-c", command});
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(test::read_whole_file(path("code")), std::to_string(128 + SIGPIPE) + "\n");
}

TEST_F(Streams, AnErrorOfStdoutHasItsReason) {
  const std::string command = test::built_program("tagpredict") + " --quiet " + finished() + " " + path("scenes/images");
  const ProgramResult full = run_program({"/bin/sh", "-c", command + " > /dev/full"});
  EXPECT_EQ(full.code, 3);
  EXPECT_EQ(full.err, "tagpredict: standard output: cannot be written: No space left on device\n");
  const ProgramResult closed = run_program({"/bin/sh", "-c", command + " >&-"});
  EXPECT_EQ(closed.code, 3);
  EXPECT_EQ(closed.err, "tagpredict: standard output: cannot be written: Bad file descriptor\n");
}

}  // namespace
}  // namespace tagloom

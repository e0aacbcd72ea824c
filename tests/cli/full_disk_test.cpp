// A training whose disk fills up prints one sentence and keeps the previous checkpoint.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>

#include "tests/cli/train_tools.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;
using test::expect_same_checkpoint;
using test::ProgramResult;
using test::read_whole_file;
using test::run_program;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class FullDisk : public test::TrainTools {
 protected:
  // A run that was interrupted after its first epoch.
  static std::string interrupted(const std::string& name) {
    const ProgramResult stopped = train(name, {}, {.signal_after = "epoch=1", .signal = SIGINT});
    EXPECT_EQ(stopped.code, 130) << stopped.err;
    return path(name);
  }
  static void expect_one_sentence(const ProgramResult& result, const std::string& file, const std::string& part) {
    EXPECT_EQ(result.code, 3) << result.err;
    EXPECT_THAT(result.err, StartsWith("tagtrain: " + file + ": "));
    EXPECT_THAT(result.err, HasSubstr(part));
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  }
  static void expect_nothing_half_written(const std::string& run) {
    for (const auto& entry : fs::directory_iterator(run)) {
      EXPECT_EQ(entry.path().string().find(".tmp-"), std::string::npos) << entry.path();
    }
  }
  // With free space again, the run resumes to the same bits as one that never ran out.
  static void expect_resumable(const std::string& run) {
    const ProgramResult resumed = run_program({"tagtrain", "--resume", run});
    ASSERT_EQ(resumed.code, 0) << resumed.err;
    expect_same_checkpoint(finished() + "/last.safetensors", run + "/last.safetensors");
    EXPECT_EQ(read_whole_file(finished() + "/metrics.jsonl"), read_whole_file(run + "/metrics.jsonl"));
  }
};

TEST_F(FullDisk, AFileSizeLimitKeepsThePreviousCheckpoint) {
  const std::string run = interrupted("limited"), last = run + "/last.safetensors", before = read_whole_file(last);
  const std::string blocks = std::to_string(before.size() / 512 - 8);  // a little less than it needs
  const ProgramResult result = run_program(
      {"/bin/sh", "-c", "ulimit -f " + blocks + " && exec " + test::built_program("tagtrain") + " --quiet --resume " + run});
  expect_one_sentence(result, last, "larger than the file size limit");
  EXPECT_TRUE(read_whole_file(last) == before) << "the checkpoint has changed";
  expect_nothing_half_written(run);
  expect_resumable(run);
}

TEST_F(FullDisk, AnyFileMayFailFirst) {
  for (const std::string file : {"best.safetensors", "report.html"}) {  // in the middle of a training, and at its end
    const std::string run = interrupted("full_" + file);
    fs::remove(run + "/" + file);
    fs::create_symlink("/dev/full", run + "/" + file);  // accepts no bytes
    const ProgramResult result = run_program({"tagtrain", "--quiet", "--resume", run});
    expect_one_sentence(result, run + "/" + file, "the disk is full");
    EXPECT_NO_THROW(Safetensors::open(run + "/last.safetensors"));
    expect_nothing_half_written(run);
    fs::remove(run + "/" + file);
    expect_resumable(run);
    EXPECT_TRUE(fs::is_regular_file(run + "/" + file));
  }
}

TEST_F(FullDisk, ASmallDiskKeepsThePreviousCheckpoint) {
  if (run_program({"/bin/sh", "-c", "unshare -rm true"}).code != 0) GTEST_SKIP() << "this process may not mount file systems";
  fs::create_directory(path("disk"));
  // A checkpoint takes 2 MB, so there is space for one, but not for a second one next to it.
  const std::string script = "mount -t tmpfs -o size=3m none " + path("disk") + " && { " + test::built_program("tagtrain") +
                             " --quiet -c " + path("tiny.toml") + " -o " + path("disk/run") + "; code=$?; cp -r " +
                             path("disk/run") + " " + path("from_disk") + "; exit $code; }";
  const ProgramResult result = run_program({"/bin/sh", "-c", "exec unshare -rm /bin/sh -c '" + script + "'"});
  if (result.err.find("mount") != std::string::npos) GTEST_SKIP() << result.err;
  expect_one_sentence(result, path("disk/run/last.safetensors"), "the disk is full (needed 2 MB, ");
  expect_nothing_half_written(path("from_disk"));
  expect_resumable(path("from_disk"));
}

}  // namespace
}  // namespace tagloom

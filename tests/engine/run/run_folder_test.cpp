// Run folders: creation, resuming, locking, and their log.
#include "engine/run/run_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "engine/run/run_log.h"
#include "kernels/base/error.h"
#include "tests/support/thrown_message.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class RunFolders : public testing::Test {
 protected:
  void SetUp() override {
    root_ = fs::temp_directory_path() /
            format("tagloom_run_{}_{}", testing::UnitTest::GetInstance()->current_test_info()->name(), getpid());
    fs::create_directories(root_);
    run_ = (root_ / "runs" / "a").string();
  }
  void TearDown() override { fs::remove_all(root_); }

  static void write(const std::string& path, const std::string& text) { std::ofstream(path) << text; }
  static std::string read(const std::string& path) {
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }

  fs::path root_;
  std::string run_;
};

TEST_F(RunFolders, CreatesParentFolders) {
  const RunFolder folder = RunFolder::create(run_ + "/");
  EXPECT_EQ(folder.path(), run_);
  EXPECT_FALSE(is_run_folder(run_));
  folder.write_config("[train]\n");
  folder.write_vocabulary({"sky", "two words"});
  EXPECT_TRUE(is_run_folder(run_));
  EXPECT_EQ(read(folder.config()), "[train]\n");
  EXPECT_EQ(read(folder.vocabulary()), "sky\ntwo words\n");
}

TEST_F(RunFolders, RejectsOtherFolders) {
  fs::create_directories(run_);
  write(run_ + "/thesis.txt", "dear");
  EXPECT_EQ(test::usage_error([&] { RunFolder::create(run_); }), run_ + " is not empty and is not a run: choose another folder");
  EXPECT_FALSE(fs::exists(run_ + "/.lock"));
  write((root_ / "file").string(), "");
  EXPECT_THAT(test::usage_error([&] { RunFolder::create((root_ / "file").string()); }), HasSubstr("is a file"));
  EXPECT_THAT(test::data_error([&] { RunFolder::create((root_ / "file" / "below").string()); }), HasSubstr("cannot be created"));
}

TEST_F(RunFolders, RejectsAFinishedRunAndExplainsHowToResume) {
  {
    const RunFolder folder = RunFolder::create(run_);
    folder.write_config("");
    folder.write_vocabulary({});
    write(folder.last(), "weights");
  }
  EXPECT_THAT(test::usage_error([&] { RunFolder::create(run_); }), HasSubstr("--resume " + run_));
  EXPECT_EQ(RunFolder::resume(run_).path(), run_);
}

TEST_F(RunFolders, RestartsARunWithoutCheckpoint) {
  {
    const RunFolder folder = RunFolder::create(run_);
    folder.write_config("");
    folder.write_vocabulary({});
    write(folder.metrics(), "{}\n");
    write(folder.file("events.out.tfevents.1.host"), "");
  }
  EXPECT_THAT(test::usage_error([&] { RunFolder::resume(run_); }), HasSubstr("-o " + run_));
  const RunFolder again = RunFolder::create(run_);
  EXPECT_FALSE(fs::exists(again.metrics()));
  EXPECT_FALSE(fs::exists(again.file("events.out.tfevents.1.host")));
}

TEST_F(RunFolders, RejectsResumingWithoutARun) {
  EXPECT_THAT(test::usage_error([&] { RunFolder::resume(run_); }), HasSubstr("no such run folder"));
  fs::create_directories(run_);
  EXPECT_THAT(test::usage_error([&] { RunFolder::resume(run_); }), HasSubstr("is not a run"));
}

TEST_F(RunFolders, LocksOutASecondTraining) {
  const RunFolder folder = RunFolder::create(run_);
  EXPECT_THAT(test::usage_error([&] { RunFolder::create(run_); }),
              HasSubstr(format("another training process (PID {}) is writing here", getpid())));
}

TEST_F(RunFolders, LockEndsWithItsProcess) {
  const pid_t child = fork();
  if (child == 0) {
    RunFolder folder = RunFolder::create(run_);
    _exit(0);  // no destructor runs
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_NO_THROW(RunFolder::create(run_));
}

TEST_F(RunFolders, LogKeepsOrderAndExactNumbers) {
  const std::string path = (root_ / "metrics.jsonl").string();
  {
    RunLog log(path, -1);
    log.append({10, 1, "train", {{"loss", 0.1}, {"bad", std::nan("")}, {"learning_rate", 1e-4}}});
    EXPECT_EQ(read(path), "{\"step\":10,\"epoch\":1,\"split\":\"train\",\"loss\":0.1,\"bad\":null,\"learning_rate\":1e-04}\n");
    log.append({10, 1, "validation", {{"f1_label", 1.0 / 3}}});
  }
  const std::vector<RunRecord> records = read_run_log(path);
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].values[2].first, "learning_rate");
  EXPECT_TRUE(std::isnan(records[0].value("bad")));
  EXPECT_EQ(records[1].split, "validation");
  EXPECT_EQ(records[1].value("f1_label"), 1.0 / 3);
  EXPECT_TRUE(std::isnan(records[1].value("loss")));
}

TEST_F(RunFolders, ResumedLogDropsLaterLines) {
  const std::string path = (root_ / "metrics.jsonl").string();
  write(path,
        "{\"step\":10,\"epoch\":1,\"split\":\"train\",\"loss\":0.5}\n{\"step\":20,\"epoch\":2,\"split\":"
        "\"train\",\"loss\":0.4}\n"
        "{\"step\":30,\"epoch\":3,\"split\":\"train\",\"loss\":0.3}\n{\"step\":40,\"epo");
  RunLog log(path, 20);
  EXPECT_EQ(log.records().size(), 2u);
  log.append({30, 3, "train", {{"loss", 0.35}}});
  EXPECT_EQ(log.records().size(), 3u);
  EXPECT_EQ(read(path),
            "{\"step\":10,\"epoch\":1,\"split\":\"train\",\"loss\":0.5}\n{\"step\":20,\"epoch\":2,\"split\":"
            "\"train\",\"loss\":0.4}\n"
            "{\"step\":30,\"epoch\":3,\"split\":\"train\",\"loss\":0.35}\n");
}

TEST_F(RunFolders, ReportsTheLineOfAnInvalidLog) {
  const std::string path = (root_ / "metrics.jsonl").string();
  write(path, "{\"step\":10,\"epoch\":1,\"split\":\"train\"}\nhello\n");
  EXPECT_THAT(test::data_error([&] { read_run_log(path); }), HasSubstr("metrics.jsonl:2: is not a line"));
  write(path, "{\"step\":10,\"epoch\":1,\"split\":\"train\",\"loss\":\"low\"}\n");
  EXPECT_THAT(test::data_error([&] { read_run_log(path); }), HasSubstr("metrics.jsonl:1: \"loss\" is not a number"));
  for (const char* step : {"-1", "1.5", "9223372036854775808", "1e999"}) {
    write(path, format("{{\"step\":{},\"epoch\":1,\"split\":\"train\"}}\n", step));
    EXPECT_THAT(test::data_error([&] { read_run_log(path); }), HasSubstr("metrics.jsonl:1: is not a line")) << step;
  }
  EXPECT_TRUE(read_run_log((root_ / "none.jsonl").string()).empty());
}

}  // namespace
}  // namespace tagloom

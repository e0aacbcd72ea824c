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
  const std::vector<std::string> all{"config.toml",   "vocabulary.txt", "metrics.jsonl", "events.out.tfevents.1.host",
                                     "decisions.tsv", "report.html",    "notes.txt"};
  for (const std::string marker : {"/.unfinished", "/.lock"}) {  // versions before the marker left only the lock
    for (size_t count = 0; count < all.size(); ++count) {
      SCOPED_TRACE(marker + " " + all[count]);
      fs::remove_all(run_);
      fs::create_directories(run_);
      write(run_ + "/.lock", "");
      write(run_ + marker, "");
      for (size_t i = 0; i <= count; ++i) write(run_ + "/" + all[i], "x");
      if (marker == "/.unfinished") write(run_ + "/best.safetensors", "weights");
      const bool is_started = marker == "/.unfinished" || count > 0;
      EXPECT_EQ(run_state(run_), is_started ? RunState::kStarted : RunState::kNone);
      if (!is_started) continue;
      if (count > 0) {
        const RunFolder again = RunFolder::restart(run_);
        EXPECT_TRUE(fs::exists(again.config()));
        EXPECT_FALSE(fs::exists(again.best()));
      }
      EXPECT_EQ(run_state(run_), RunState::kStarted);
      const RunFolder again = RunFolder::create(run_);
      for (size_t i = 0; i <= count; ++i) EXPECT_EQ(fs::exists(again.file(all[i])), all[i] == "notes.txt") << all[i];
      EXPECT_FALSE(fs::exists(again.best()));
      EXPECT_TRUE(is_unfinished_run(run_));
      again.finish();
      EXPECT_FALSE(is_unfinished_run(run_));
    }
  }
  fs::remove_all(run_);
  { const RunFolder folder = RunFolder::create(run_); }
  EXPECT_THAT(test::usage_error([&] { RunFolder::resume(run_); }), HasSubstr("-o " + run_));
}

TEST_F(RunFolders, KeepsAFinishedModelAndOtherFolders) {
  fs::create_directories(run_);
  for (const char* name : {"/.lock", "/config.toml", "/vocabulary.txt", "/best.safetensors"}) write(run_ + name, "x");
  EXPECT_EQ(run_state(run_), RunState::kModel);
  for (const auto& reuse : {RunFolder::create, RunFolder::resume, RunFolder::restart}) {
    EXPECT_THAT(test::usage_error([&] { reuse(run_); }), HasSubstr("choose another folder"));
  }
  EXPECT_EQ(read(run_ + "/best.safetensors"), "x");
  for (const char* name : {"/.lock", "/config.toml"}) fs::remove(run_ + name);
  write(run_ + "/.unfinished", "of another program");
  EXPECT_THAT(test::usage_error([&] { RunFolder::create(run_); }), HasSubstr("choose another folder"));
  EXPECT_EQ(read(run_ + "/vocabulary.txt"), "x");
}

TEST_F(RunFolders, DiscardedRunsCanStartAgain) {
  {
    const RunFolder folder = RunFolder::create(run_);
    folder.write_config("");
    folder.write_vocabulary({});
    for (const std::string& file : {folder.last(), folder.best()}) write(file, "weights");
    folder.finish();
    EXPECT_THAT(test::usage_error([&] { RunFolder::discard(run_); }), HasSubstr("another training process"));
  }
  RunFolder::discard(run_);
  EXPECT_EQ(run_state(run_), RunState::kStarted);
  EXPECT_FALSE(fs::exists(run_ + "/best.safetensors"));
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

// Runs killed at any moment: the command that the message gives finishes them, with the bits of a run that was never stopped.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>

#include "tests/cli/frozen_tools.h"

namespace tagloom::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

class StoppedRuns : public FrozenTools {
 protected:
  // The files of a finished run in the order of their last writes.
  static std::vector<fs::path> in_order_of_writing(const std::string& run) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(run)) files.push_back(entry.path());
    std::sort(files.begin(), files.end(), [](const fs::path& a, const fs::path& b) {
      return std::pair(fs::last_write_time(a), a) < std::pair(fs::last_write_time(b), b);
    });
    return files;
  }

  // What a kill leaves before the file after `files` has its name.
  static std::string stopped_after(const std::vector<fs::path>& files, const std::string& name) {
    const std::string run = path("frozen/" + name);
    fs::create_directory(run);
    for (const char* name : {"/.lock", "/.unfinished"}) std::ofstream(run + name);
    for (const fs::path& file : files) fs::copy(file, run / file.filename(), fs::copy_options::overwrite_existing);
    std::ofstream(run + "/report.html.tmp-tagloom-999999999-0") << "half of a fi";
    return run;
  }

  // Runs `words` and, if that fails, the command that its message gives.
  static void expect_finishes(const std::string& run, std::vector<std::string> words, const std::vector<std::string>& start) {
    ProgramResult result = run_program(words);
    if (result.code != 0) {
      EXPECT_EQ(result.code, 2) << result.err;
      const bool resume = result.err.find("--resume " + run) != std::string::npos;
      EXPECT_TRUE(resume || result.err.find("-o " + run) != std::string::npos) << result.err;
      result = run_program(resume ? std::vector<std::string>{"tagtrain", "--resume", run} : start);
    }
    ASSERT_EQ(result.code, 0) << result.err;
  }

  static void expect_every_prefix_finishes(const std::string& configuration, const std::string& weights) {
    const auto start = [&](const std::string& run) {
      return std::vector<std::string>{"tagtrain", "-c", configuration, "-o", run};
    };
    const std::string whole = path("frozen/whole");
    const ProgramResult finished = run_program(start(whole));
    ASSERT_EQ(finished.code, 0) << finished.err;
    EXPECT_FALSE(fs::exists(whole + "/.unfinished"));
    const std::vector<fs::path> files = in_order_of_writing(whole);
    ASSERT_GE(files.size(), 7u);
    for (size_t count = 0; count <= files.size(); ++count) {
      for (const bool resume : {false, true}) {
        const std::string name = format("after{}{}", count, resume ? "resumed" : "started");
        SCOPED_TRACE(count == 0 ? name : name + " " + files[count - 1].filename().string());
        const std::string run = stopped_after({files.begin(), files.begin() + static_cast<int64_t>(count)}, name);
        expect_finishes(run, resume ? std::vector<std::string>{"tagtrain", "--resume", run} : start(run), start(run));
        expect_same_checkpoint(whole + "/" + weights, run + "/" + weights);
        for (const fs::path& file : files) {
          const bool one_name = file.filename().string().find("tfevents") == std::string::npos;
          EXPECT_TRUE(!one_name || fs::exists(run / file.filename())) << file;
        }
        EXPECT_EQ(read_whole_file(whole + "/decisions.tsv"), read_whole_file(run + "/decisions.tsv"));
        EXPECT_TRUE(fs::exists(run + "/report.html"));
        EXPECT_FALSE(fs::exists(run + "/.unfinished"));
        EXPECT_FALSE(fs::exists(run + "/report.html.tmp-tagloom-999999999-0"));
      }
    }
  }
};

TEST_F(StoppedRuns, EveryPrefixOfATrainingCanBeFinished) {
  std::string text = read_whole_file(path("tiny.toml"));
  text.replace(text.find("epochs = 3"), 10, "epochs = 1");
  text.replace(text.find("checkpoint_every = 2"), 20, "checkpoint_every = 0");
  fs::create_directories(path("frozen"));
  write("train.toml", text);
  expect_every_prefix_finishes(path("frozen/train.toml"), "last.safetensors");
}

TEST_F(StoppedRuns, EveryPrefixOfAFitCanBeFinished) {
  write("fit.toml", frozen_settings(validation()) +
                        "[model]\nkind = \"knn\"\n[neighbours]\nk = [3, 5]\n[train]\nbest_by = \"f1_micro\"\ndevice = \"cpu\"\n");
  expect_every_prefix_finishes(path("frozen/fit.toml"), "best.safetensors");
}

TEST_F(StoppedRuns, KilledBeforeItsFirstCheckpoint) {
  fs::create_directories(path("frozen"));
  for (const bool resume : {true, false}) {
    const std::string run = "frozen/early" + std::to_string(resume);
    const std::vector<std::string> rarely{"--set", "train.checkpoint_every=1000"};
    const ProgramResult killed = train(run, rarely, {.signal_after = "epoch=1", .signal = SIGKILL});
    ASSERT_EQ(killed.code, 128 + SIGKILL) << killed.err;
    ASSERT_TRUE(fs::exists(path(run + "/best.safetensors")) && !fs::exists(path(run + "/last.safetensors")));
    const ProgramResult again = resume ? run_program({"tagtrain", "--resume", path(run)}) : train(run, rarely);
    ASSERT_EQ(again.code, 0) << again.err;
    EXPECT_EQ(again.err.find("no checkpoint yet") != std::string::npos, resume) << again.err;
    expect_same_checkpoint(finished() + "/last.safetensors", path(run + "/last.safetensors"));
  }
}

TEST_F(StoppedRuns, FinishedModelsAreNeverOverwritten) {
  fs::create_directories(path("frozen"));
  fs::copy(finished(), path("frozen/run"));
  EXPECT_EQ(train("frozen/run").code, 2);
  fs::remove(path("frozen/run/last.safetensors"));  // saves space
  const std::string best = read_whole_file(path("frozen/run/best.safetensors"));
  for (const ProgramResult& result : {train("frozen/run"), run_program({"tagtrain", "--resume", path("frozen/run")})}) {
    EXPECT_EQ(result.code, 2);
    EXPECT_THAT(result.err, HasSubstr("choose another folder"));
    EXPECT_THAT(result.err, Not(HasSubstr("--resume")));
  }
  EXPECT_TRUE(read_whole_file(path("frozen/run/best.safetensors")) == best);
}

TEST_F(StoppedRuns, TrainingsWithoutValidationWriteBestToo) {
  fs::create_directories(path("frozen"));
  const std::string run = path("frozen/all");
  const ProgramResult result = train("frozen/all", {"--set", "data.validation=", "--set", "data.validation_fraction=0"});
  ASSERT_EQ(result.code, 0) << result.err;
  const Safetensors best = Safetensors::open(run + "/best.safetensors"), last = Safetensors::open(run + "/last.safetensors");
  for (const SafetensorsEntry& entry : best.entries()) {
    EXPECT_EQ(std::memcmp(entry.bytes.data(), last.require(entry.name).bytes.data(), entry.bytes.size()), 0) << entry.name;
  }
  fs::remove(run + "/last.safetensors");
  const ProgramResult whole = run_program({"tagpredict", run, path("scenes/images/000000.jpg"), "--quiet"});
  EXPECT_EQ(whole.code, 0) << whole.err;
  EXPECT_EQ(whole.err, "");
}

TEST_F(StoppedRuns, ReadersSayThatTheyUseTheLastWeights) {
  fs::create_directories(path("frozen"));
  const std::string run = path("frozen/run"), picture = path("scenes/images/000000.jpg");
  fs::copy(finished(), run);
  fs::remove(run + "/best.safetensors");
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"tagpredict", run, picture, "--quiet"}, {"tageval", run, "--quiet"}}) {
    const ProgramResult missing = run_program(words);
    EXPECT_EQ(missing.code, 0) << missing.err;
    EXPECT_THAT(missing.err, HasSubstr("warning: " + run + "/best.safetensors is missing: using last.safetensors"));
  }
  std::ofstream(run + "/.unfinished");
  const ProgramResult unfinished = run_program({"tagpredict", run, picture, "--quiet"});
  EXPECT_EQ(unfinished.code, 0) << unfinished.err;
  EXPECT_THAT(unfinished.err, HasSubstr("warning: " + run + " has not finished training"));
  EXPECT_THAT(unfinished.err, HasSubstr("last.safetensors"));

  fs::remove(run + "/last.safetensors");
  const ProgramResult nothing = run_program({"tagpredict", run, picture, "--quiet"});
  EXPECT_EQ(nothing.code, 3) << nothing.err;
  EXPECT_THAT(nothing.err, HasSubstr("has no weights yet: train it with tagtrain --resume " + run));
  EXPECT_EQ(run_program({"tagpredict", finished(), picture, "--quiet"}).err, "");
}

}  // namespace
}  // namespace tagloom::test

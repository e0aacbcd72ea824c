// Run folders: used from any folder, resumed, and read with other settings.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <nlohmann/json.hpp>

#include "tests/cli/train_tools.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;
using test::expect_same_checkpoint;
using test::ProgramOptions;
using test::ProgramResult;
using test::run_program;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class RunFolders : public test::TrainTools {
 protected:
  static void SetUpTestSuite() {
    TrainTools::SetUpTestSuite();
    fs::create_directory(path("elsewhere"));
    std::string text = test::read_whole_file(path("tiny.toml"));  // the same configuration with relative paths
    for (const std::string prefix = path(""); text.find(prefix) != std::string::npos;) {
      text.erase(text.find(prefix), prefix.size());
    }
    std::ofstream(path("relative.toml")) << text;
  }
  static ProgramResult elsewhere(const std::vector<std::string>& words) {
    return run_program(words, {.folder = path("elsewhere")});
  }
  // Interrupts a training with relative data paths after its first epoch.
  static void train_relatively(const std::string& run, const ProgramOptions& where) {
    ProgramOptions options = where;
    options.signal_after = "epoch=1";
    options.signal = SIGINT;
    const ProgramResult stopped = run_program({"tagtrain", "-c", path("relative.toml"), "-o", path(run)}, options);
    EXPECT_EQ(stopped.code, 130) << stopped.err;
  }
  static nlohmann::json selection(const std::vector<std::string>& more, const ProgramOptions& options = {}) {
    std::vector<std::string> words{"tageval", finished(), "--json", "--quiet"};
    words.insert(words.end(), more.begin(), more.end());
    const ProgramResult result = run_program(words, options);
    EXPECT_EQ(result.code, 0) << result.err;
    return nlohmann::json::parse(result.out, nullptr, false)["selection"];
  }
};

TEST_F(RunFolders, ResumeFromAnyFolder) {
  train_relatively("beside", {.folder = path("")});
  ASSERT_EQ(elsewhere({"tagtrain", "--resume", path("beside")}).code, 0);
  expect_same_checkpoint(finished() + "/last.safetensors", path("beside/last.safetensors"));

  train_relatively("variable", {.folder = path("elsewhere"), .environment = {{"TAGLOOM_DATA", path("")}}});
  ASSERT_EQ(elsewhere({"tagtrain", "--resume", path("variable")}).code, 0);
  expect_same_checkpoint(finished() + "/last.safetensors", path("variable/last.safetensors"));
  EXPECT_EQ(elsewhere({"tageval", path("variable")}).code, 0);  // data.test
}

TEST_F(RunFolders, ConfigurationRepeatsTheRun) {
  const ProgramResult first =
      run_program({"tagtrain", "-c", "relative.toml", "-o", "first", "--set", "train.epochs=1"}, {.folder = path("")});
  ASSERT_EQ(first.code, 0) << first.err;
  const ProgramResult again = elsewhere({"tagtrain", "-c", path("first/config.toml"), "-o", path("again")});
  ASSERT_EQ(again.code, 0) << again.err;
  expect_same_checkpoint(path("first/last.safetensors"), path("again/last.safetensors"));
}

TEST_F(RunFolders, ConfigurationRecordsVersionAndCommandLine) {
  const std::string text = test::read_whole_file(finished() + "/config.toml");
  EXPECT_THAT(text, StartsWith("# tagtrain "));
  EXPECT_THAT(text.substr(0, text.find('\n')), ContainsRegex("[0-9]+\\.[0-9]+\\.[0-9]+"));
  EXPECT_THAT(text, HasSubstr("\n# tagtrain -c " + path("tiny.toml") + " -o " + finished() + "\n"));
}

TEST_F(RunFolders, RejectOtherFolders) {
  fs::create_directory(path("photos"));
  std::ofstream(path("photos/a.txt")) << "mine";
  for (const std::string& folder : {path("photos"), path("nowhere")}) {
    const ProgramResult result = run_program({"tagtrain", "--resume", folder});
    EXPECT_EQ(result.code, 2);
    EXPECT_THAT(result.err, StartsWith("tagtrain: " + folder));
    EXPECT_THAT(result.err, ContainsRegex("is not a run|no such run folder"));
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  }
  EXPECT_EQ(std::distance(fs::directory_iterator(path("photos")), {}), 1);
}

TEST_F(RunFolders, ConfigurationFilesOverrideARunsSettings) {
  std::ofstream(path("one.toml")) << "[decode]\ntop_k = 1\n";
  EXPECT_EQ(selection({})["top_k"], 5);
  EXPECT_EQ(selection({"-c", path("one.toml")})["top_k"], 1);
  const ProgramOptions two{.environment = {{"TAGLOOM_DECODE_TOP_K", "2"}}};
  EXPECT_EQ(selection({"-c", path("one.toml")}, two)["top_k"], 2);
  EXPECT_EQ(selection({"-c", path("one.toml"), "--set", "decode.top_k=3"}, two)["top_k"], 3);
  EXPECT_EQ(run_program({"tageval", finished(), "-c", path("nowhere.toml")}).code, 3);

  const ProgramResult one =
      run_program({"tagpredict", finished(), path("scenes/images/000000.jpg"), "-c", path("one.toml"), "--quiet"});
  ASSERT_EQ(one.code, 0) << one.err;
  EXPECT_THAT(one.out, HasSubstr("\t"));
  EXPECT_EQ(std::count(one.out.begin(), one.out.end(), ','), 0) << one.out;
}

TEST_F(RunFolders, ConfigurationFilesChangeAResumedRun) {
  fs::copy(finished(), path("longer"));
  std::ofstream(path("four.toml")) << "[train]\nepochs = 4\n";
  const ProgramResult result = run_program({"tagtrain", "--resume", path("longer"), "-c", path("four.toml")});
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("epoch=4"));
}

}  // namespace
}  // namespace tagloom

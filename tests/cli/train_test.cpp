// tagtrain, tageval and tagpredict on the command line, with sixty drawn pictures.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <nlohmann/json.hpp>
#include <sstream>

#include "kernels/base/device.h"
#include "tests/cli/train_tools.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;
using test::expect_same_checkpoint;
using test::ProgramResult;
using test::run_program;
using test::TrainTools;
using ::testing::HasSubstr;

TEST_F(TrainTools, WriteACompleteRunFolder) {
  for (const char* name :
       {"config.toml", "vocabulary.txt", "last.safetensors", "best.safetensors", "metrics.jsonl", "report.html"}) {
    EXPECT_TRUE(fs::exists(fs::path(finished()) / name)) << name;
  }
  EXPECT_THAT(test::read_whole_file(finished() + "/report.html"), HasSubstr("<svg"));
  EXPECT_THAT(test::read_whole_file(finished() + "/metrics.jsonl"), HasSubstr("\"split\":\"validation\""));
}

TEST_F(TrainTools, ResumeAKilledRunWithTheSameBits) {
  const ProgramResult killed = train("killed", {}, {.signal_after = "epoch=1", .signal = SIGKILL});
  EXPECT_EQ(killed.code, 128 + SIGKILL) << "it finished before the signal: " << killed.err;
  const ProgramResult resumed = run_program({"tagtrain", "--resume", path("killed")});
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  expect_same_checkpoint(finished() + "/last.safetensors", path("killed") + "/last.safetensors");
  EXPECT_EQ(test::read_whole_file(finished() + "/metrics.jsonl"), test::read_whole_file(path("killed") + "/metrics.jsonl"));
}

TEST_F(TrainTools, SaveAnInterruptedRunAndPrintHowToResume) {
  const ProgramResult stopped = train("stopped", {}, {.signal_after = "epoch=1", .signal = SIGINT});
  EXPECT_EQ(stopped.code, 130);
  EXPECT_THAT(stopped.err, HasSubstr("--resume"));
  const ProgramResult resumed = run_program({"tagtrain", "--resume", path("stopped")});
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  expect_same_checkpoint(finished() + "/last.safetensors", path("stopped") + "/last.safetensors");
}

TEST_F(TrainTools, StopAtANonFiniteLossWithoutARuinedState) {
  const ProgramResult result =
      train("diverged", {"--set", "optim.learning_rate=1e30", "--set", "optim.backbone.learning_rate=1e30"});
  EXPECT_EQ(result.code, 5) << result.err;
  EXPECT_THAT(result.err, HasSubstr("optim.learning_rate"));
  EXPECT_FALSE(fs::exists(path("diverged") + "/last.safetensors"));
}

TEST_F(TrainTools, DryRunWritesNothing) {
  const ProgramResult result = run_program({"tagtrain", "-c", path("tiny.toml"), "-o", path("dry"), "--dry-run"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("parameters"));
  EXPECT_FALSE(fs::exists(path("dry")));
}

TEST_F(TrainTools, WrongSettingsExitWith2) {
  EXPECT_EQ(train("x", {"--set", "optim.learning_rat=1"}).code, 2);
  EXPECT_THAT(train("x", {"--set", "optim.learning_rat=1"}).err, HasSubstr("optim.learning_rate"));
  EXPECT_EQ(train("x", {"--set", "train.device=gpu"}).code, 2);
  EXPECT_FALSE(fs::exists(path("x")));
}

TEST_F(TrainTools, MissingOrDamagedFilesExitWith3) {
  EXPECT_EQ(train("x", {"--set", "data.train=nowhere.tsv"}).code, 3);
  std::ofstream(path("short.safetensors")) << "not weights";
  const ProgramResult result = train("x", {"--set", "backbone.weights=" + path("short.safetensors")});
  EXPECT_EQ(result.code, 3);
  EXPECT_THAT(result.err, HasSubstr("short.safetensors"));
  EXPECT_FALSE(fs::exists(path("x")));
}

TEST_F(TrainTools, CudaWithoutAGpuExitsWith4) {
  if (kernels::cuda_device_count() > 0) GTEST_SKIP() << "this machine has a GPU";
  const ProgramResult result = train("x", {"--device", "cuda"});
  EXPECT_EQ(result.code, 4);
  EXPECT_THAT(result.err, HasSubstr("--device cpu"));
}

TEST_F(TrainTools, EvaluationPrintsOneJsonObject) {
  const ProgramResult result = run_program({"tageval", finished(), "--json", "--quiet"});
  ASSERT_EQ(result.code, 0) << result.err;
  const nlohmann::json object = nlohmann::json::parse(result.out);
  EXPECT_EQ(object["pictures"], 6);
  for (const char* key : {"p_label", "r_label", "f1_label", "f1_label_mean", "p_image", "f1_micro", "n_plus", "map_label", "top1",
                          "top1_first_step", "ndcg@1", "ndcg_mean", "precision@10", "precision_mean"}) {
    EXPECT_TRUE(object["metrics"].contains(key)) << key;
  }
  EXPECT_TRUE(object["definitions"].contains("zero_division"));
}

TEST_F(TrainTools, FailUnderExitsWith6) {
  EXPECT_EQ(run_program({"tageval", finished(), "--fail-under", "f1_micro=1.1"}).code, 6);
  EXPECT_EQ(run_program({"tageval", finished(), "--fail-under", "f1_micro=0"}).code, 0);
  EXPECT_EQ(run_program({"tageval", finished(), "--fail-under", "f1_micro"}).code, 2);
}

TEST_F(TrainTools, RejectAVocabularyThatDoesNotMatch) {
  fs::copy(finished(), path("other"));
  std::ofstream(path("other") + "/vocabulary.txt", std::ios::app) << "unicorn\n";
  const ProgramResult result = run_program({"tageval", path("other")});
  EXPECT_EQ(result.code, 3);
  EXPECT_THAT(result.err, HasSubstr("vocabulary"));
}

TEST_F(TrainTools, PredictionsSkipUnreadablePictures) {
  fs::create_directory(path("photos"));
  fs::copy(path("scenes/images/000000.jpg"), path("photos/a.jpg"));
  fs::copy(path("scenes/images/000001.jpg"), path("photos/b.jpg"));
  const ProgramResult good = run_program({"tagpredict", finished(), path("photos"), "--top-k", "2", "--quiet"});
  ASSERT_EQ(good.code, 0) << good.err;
  EXPECT_THAT(good.out, HasSubstr("a.jpg\t"));
  EXPECT_THAT(good.out, HasSubstr("b.jpg\t"));

  std::ofstream(path("photos/c.jpg")) << "not a picture";
  for (const std::vector<std::string>& verbosity : {std::vector<std::string>{}, {"--quiet"}}) {
    std::vector<std::string> words{"tagpredict", finished(), path("photos"), "--format", "jsonl"};
    words.insert(words.end(), verbosity.begin(), verbosity.end());
    const ProgramResult bad = run_program(words);
    EXPECT_EQ(bad.code, 3);
    EXPECT_THAT(bad.err, HasSubstr("c.jpg"));
    EXPECT_THAT(bad.err, HasSubstr("1 of 3 pictures could not be read"));
    std::istringstream lines(bad.out);
    int pictures = 0;
    for (std::string line; std::getline(lines, line); ++pictures) EXPECT_TRUE(nlohmann::json::parse(line).contains("tags"));
    EXPECT_EQ(pictures, 2);
  }
}

TEST_F(TrainTools, EvaluationIsIndependentOfTheBatchSize) {
  const ProgramResult many = run_program({"tageval", finished(), "--json", "--quiet"});
  const ProgramResult one = run_program({"tageval", finished(), "--json", "--quiet", "--set", "eval.batch_size=1"});
  ASSERT_EQ(one.code, 0) << one.err;
  const nlohmann::json a = nlohmann::json::parse(many.out)["metrics"], b = nlohmann::json::parse(one.out)["metrics"];
  for (const auto& [key, value] : a.items()) EXPECT_NEAR(value.get<double>(), b[key].get<double>(), 1e-6) << key;
}

}  // namespace
}  // namespace tagloom

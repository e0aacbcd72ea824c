// tagtrain, tageval and tagpredict as a person uses them, on sixty drawn pictures.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "engine/io/safetensors.h"
#include "kernels/base/device.h"
#include "tests/support/run_program.h"
#include "tests/support/temporary_folder.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;
using test::ProgramOptions;
using test::ProgramResult;
using test::run_program;
using ::testing::HasSubstr;

class TrainTools : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new test::TemporaryFolder();
    const ProgramResult drawn =
        run_program({"tagdata", "scenes", "--images", "60", "--size", "32", "--seed", "3", path("scenes")});
    ASSERT_EQ(drawn.code, 0) << drawn.err;
    std::ofstream(path("tiny.toml"))
        << "[data]\ntrain = \"" << path("scenes/train.tsv") << "\"\nvalidation = \"" << path("scenes/val.tsv") << "\"\ntest = \""
        << path("scenes/test.tsv") << "\"\nsize = 32\nflip = true\n"
        << "[backbone]\nname = \"small\"\nlayer = \"conv5\"\nfreeze = false\n"
        << "[model]\nkind = \"multi_order\"\nstate = \"features\"\nhidden = 16\nembedding = 8\nsteps = 3\ndropout = 0.2\n"
        << "[optim]\nbackbone = { learning_rate = 1e-3 }\n"
        << "[train]\nepochs = 3\nbatch_size = 8\ndevice = \"cpu\"\ncheckpoint_every = 2\n";
  }
  static void TearDownTestSuite() {
    delete folder_;
    folder_ = nullptr;
  }
  static std::string path(const std::string& name) { return *folder_ / name; }
  static ProgramResult train(const std::string& run, std::vector<std::string> more = {}, const ProgramOptions& options = {}) {
    std::vector<std::string> words{"tagtrain", "-c", path("tiny.toml"), "-o", path(run)};
    words.insert(words.end(), more.begin(), more.end());
    return run_program(words, options);
  }
  // A finished run that several tests read.
  static const std::string& finished() {
    static const std::string run = [] {
      const ProgramResult result = train("finished");
      EXPECT_EQ(result.code, 0) << result.err;
      return path("finished");
    }();
    return run;
  }

 private:
  static inline test::TemporaryFolder* folder_ = nullptr;
};

void expect_same_checkpoint(const std::string& a, const std::string& b) {
  const Safetensors first = Safetensors::open(a), second = Safetensors::open(b);
  ASSERT_EQ(first.entries().size(), second.entries().size());
  for (const SafetensorsEntry& entry : first.entries()) {
    const SafetensorsEntry& other = second.require(entry.name);
    ASSERT_EQ(entry.bytes.size(), other.bytes.size()) << entry.name;
    EXPECT_EQ(std::memcmp(entry.bytes.data(), other.bytes.data(), entry.bytes.size()), 0) << entry.name << " differs";
  }
  EXPECT_EQ(first.metadata(), second.metadata());
}

TEST_F(TrainTools, ARunFolderHoldsEverything) {
  for (const char* name :
       {"config.toml", "vocabulary.txt", "last.safetensors", "best.safetensors", "metrics.jsonl", "report.html"}) {
    EXPECT_TRUE(fs::exists(fs::path(finished()) / name)) << name;
  }
  EXPECT_THAT(test::read_whole_file(finished() + "/report.html"), HasSubstr("<svg"));
  EXPECT_THAT(test::read_whole_file(finished() + "/metrics.jsonl"), HasSubstr("\"split\":\"validation\""));
}

TEST_F(TrainTools, AKilledRunResumedEndsWithTheSameBits) {
  const ProgramResult killed = train("killed", {}, {.signal_after = "epoch=1", .signal = SIGKILL});
  EXPECT_EQ(killed.code, 128 + SIGKILL) << "it ended before it was killed: " << killed.err;
  const ProgramResult resumed = run_program({"tagtrain", "--resume", path("killed")});
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  expect_same_checkpoint(finished() + "/last.safetensors", path("killed") + "/last.safetensors");
  EXPECT_EQ(test::read_whole_file(finished() + "/metrics.jsonl"), test::read_whole_file(path("killed") + "/metrics.jsonl"));
}

TEST_F(TrainTools, AnInterruptedRunIsSavedAndSaysHowToGoOn) {
  const ProgramResult stopped = train("stopped", {}, {.signal_after = "epoch=1", .signal = SIGINT});
  EXPECT_EQ(stopped.code, 130);
  EXPECT_THAT(stopped.err, HasSubstr("--resume"));
  const ProgramResult resumed = run_program({"tagtrain", "--resume", path("stopped")});
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  expect_same_checkpoint(finished() + "/last.safetensors", path("stopped") + "/last.safetensors");
}

TEST_F(TrainTools, ALossThatIsNotFiniteStopsAndSavesTheLastGoodState) {
  const ProgramResult result =
      train("diverged", {"--set", "optim.learning_rate=1e30", "--set", "optim.backbone.learning_rate=1e30"});
  EXPECT_EQ(result.code, 5) << result.err;
  EXPECT_THAT(result.err, HasSubstr("optim.learning_rate"));
  EXPECT_NO_THROW(Safetensors::open(path("diverged") + "/last.safetensors"));
}

TEST_F(TrainTools, DryRunMakesNothing) {
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

TEST_F(TrainTools, EvaluationGivesOneJsonObject) {
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

TEST_F(TrainTools, AVocabularyThatDoesNotMatchIsRefused) {
  fs::copy(finished(), path("other"));
  std::ofstream(path("other") + "/vocabulary.txt", std::ios::app) << "unicorn\n";
  const ProgramResult result = run_program({"tageval", path("other")});
  EXPECT_EQ(result.code, 3);
  EXPECT_THAT(result.err, HasSubstr("vocabulary"));
}

TEST_F(TrainTools, PredictionsNameEveryPictureAndSkipUnreadableOnes) {
  fs::create_directory(path("photos"));
  fs::copy(path("scenes/images/000000.jpg"), path("photos/a.jpg"));
  fs::copy(path("scenes/images/000001.jpg"), path("photos/b.jpg"));
  const ProgramResult good = run_program({"tagpredict", finished(), path("photos"), "--top-k", "2", "--quiet"});
  ASSERT_EQ(good.code, 0) << good.err;
  EXPECT_THAT(good.out, HasSubstr("a.jpg\t"));
  EXPECT_THAT(good.out, HasSubstr("b.jpg\t"));

  std::ofstream(path("photos/c.jpg")) << "not a picture";
  const ProgramResult bad = run_program({"tagpredict", finished(), path("photos"), "--format", "jsonl"});
  EXPECT_EQ(bad.code, 3);
  EXPECT_THAT(bad.err, HasSubstr("c.jpg"));
  std::istringstream lines(bad.out);
  int pictures = 0;
  for (std::string line; std::getline(lines, line); ++pictures) EXPECT_TRUE(nlohmann::json::parse(line).contains("tags"));
  EXPECT_EQ(pictures, 2);
}

TEST_F(TrainTools, XmpSidecarsKeepWhatIsThere) {
  fs::create_directory(path("xmp"));
  fs::copy(path("scenes/images/000002.jpg"), path("xmp/a.jpg"));
  ASSERT_EQ(run_program({"tagpredict", finished(), path("xmp"), "--format", "xmp", "--top-k", "2"}).code, 0);
  std::string sidecar = test::read_whole_file(path("xmp/a.jpg.xmp"));
  EXPECT_THAT(sidecar, HasSubstr("<rdf:li>"));
  sidecar.insert(sidecar.find("    </rdf:Bag>"), "     <rdf:li>holiday</rdf:li>\n");
  std::ofstream(path("xmp/a.jpg.xmp")) << sidecar;
  ASSERT_EQ(run_program({"tagpredict", finished(), path("xmp"), "--format", "xmp", "--top-k", "2"}).code, 0);
  EXPECT_EQ(test::read_whole_file(path("xmp/a.jpg.xmp")), sidecar);
}

TEST_F(TrainTools, BatchesOfOneGiveTheAnswersOfBatchesOfMany) {
  const ProgramResult many = run_program({"tageval", finished(), "--json", "--quiet"});
  const ProgramResult one = run_program({"tageval", finished(), "--json", "--quiet", "--set", "eval.batch_size=1"});
  ASSERT_EQ(one.code, 0) << one.err;
  const nlohmann::json a = nlohmann::json::parse(many.out)["metrics"], b = nlohmann::json::parse(one.out)["metrics"];
  for (const auto& [key, value] : a.items()) EXPECT_NEAR(value.get<double>(), b[key].get<double>(), 1e-6) << key;
}

}  // namespace
}  // namespace tagloom

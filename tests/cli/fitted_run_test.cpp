// tagtrain with models that are fitted without epochs: complete run folders, and no model if the fit is interrupted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "engine/run/run_log.h"
#include "tests/cli/frozen_tools.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;
using test::ProgramOptions;
using test::ProgramResult;
using test::run_program;
using ::testing::HasSubstr;

class FittedRuns : public test::FrozenTools {
 protected:
  void SetUp() override {
    write("fit.toml", frozen_settings(validation(), {{"image_mean", "0.5,0.5,0.5"}, {"image_std", "0.2,0.2,0.2"}}) +
                          "[model]\nkind = \"knn\"\n[linear]\nc = [0.1, 1]\n[neighbours]\nk = [3, 5]\n"
                          "per_tag = 2\nsharpness = [4, 8]\n[train]\nbest_by = \"f1_micro\"\ndevice = \"cpu\"\n");
  }
  static ProgramResult fit(const std::string& run, std::vector<std::string> more = {}, const ProgramOptions& options = {}) {
    return run_with({"tagtrain", "-c", path("frozen/fit.toml"), "-o", path("frozen/" + run)}, more, options);
  }
};

TEST_F(FittedRuns, RunsOfEveryKindAreSelfContained) {
  for (const std::string kind : {"knn", "jec", "tagprop", "two_pass_knn", "linear_svm", "rank_svm"}) {
    const std::string run = path("frozen/" + kind);
    const ProgramResult fitted = fit(kind, {"--set", "model.kind=" + kind});
    ASSERT_EQ(fitted.code, 0) << fitted.err;
    EXPECT_THAT(fitted.err, HasSubstr("chosen: "));
    EXPECT_TRUE(fs::exists(run + "/report.html"));
    const std::vector<RunRecord> log = read_run_log(run + "/metrics.jsonl");
    ASSERT_EQ(log.size(), 1u);
    EXPECT_EQ(log[0].split, "validation");
    EXPECT_GT(log[0].value("f1_micro"), 0);
    EXPECT_THAT(test::read_whole_file(run + "/config.toml"), HasSubstr("kind = \"" + kind + "\""));
  }
  fs::remove_all(path("frozen/cache"));
  fs::rename(path("frozen/weights.safetensors"), path("frozen/gone.safetensors"));
  for (const std::string kind : {"knn", "jec", "tagprop", "two_pass_knn", "linear_svm", "rank_svm"}) {
    const std::string run = path("frozen/" + kind);
    const ProgramResult measured =
        run_program({"tageval", run, "--data", path("scenes/test.tsv"), "--set", "data.cache=off", "--json", "--quiet"});
    EXPECT_EQ(measured.code, 0) << measured.err;
    EXPECT_THAT(measured.out, HasSubstr("f1_label"));
    const ProgramResult tags = run_program({"tagpredict", run, path("scenes/images"), "--quiet"});
    EXPECT_EQ(tags.code, 0) << tags.err;
    EXPECT_FALSE(tags.out.empty());
  }
}

TEST_F(FittedRuns, WithoutRefitTheModelMatchesTheLog) {
  ASSERT_EQ(fit("run", {"--set", "fit.refit=false"}).code, 0);
  const double logged = read_run_log(path("frozen/run/metrics.jsonl"))[0].value("f1_micro");
  const auto measured = [&](double least) {
    return run_program({"tageval", path("frozen/run"), "--data", path("scenes/val.tsv"), "--fail-under",
                        format("f1_micro={}", least), "--quiet"})
        .code;
  };
  EXPECT_EQ(measured(logged - 1e-5), 0);
  EXPECT_EQ(measured(logged + 1e-5), 6);
}

TEST_F(FittedRuns, RejectsConflictingSettingsInOneSentence) {
  const auto error_of = [&](const std::vector<std::string>& more) {
    const ProgramResult result = fit("no", more);
    EXPECT_EQ(result.code, 2) << result.err;
    return result.err;
  };
  EXPECT_THAT(error_of({"--set", "train.best_by=loss"}), HasSubstr("has no loss: name the metric"));
  EXPECT_THAT(error_of({"--set", "backbone.freeze=false"}), HasSubstr("backbone.freeze = true"));
  EXPECT_THAT(error_of({"--set", "data.flip=true"}), HasSubstr("data.flip = false"));
  EXPECT_THAT(error_of({"--set", "neighbours.k=[]"}), HasSubstr("a list of numbers"));
  EXPECT_THAT(error_of({"--set", "neighbours.k=0"}), HasSubstr("1 to 1000000000"));
  EXPECT_THAT(error_of({"--set", "data.validation=", "--set", "data.validation_fraction=0"}),
              HasSubstr("neighbours.k lists several values"));
  EXPECT_FALSE(fs::exists(path("frozen/no/best.safetensors")));
  const ProgramResult alone =
      fit("alone", {"--set", "data.validation=", "--set", "data.validation_fraction=0", "--set", "neighbours.k=4"});
  EXPECT_EQ(alone.code, 0) << alone.err;
}

TEST_F(FittedRuns, InterruptedFitsLeaveNoModelAndFinishedOnesAreKept) {
  std::string many = "1";  // many values, so that the signal arrives while the fit chooses one
  for (int i = 0; i < 20000; ++i) many += "," + std::to_string(2 + i % 7);
  const ProgramResult stopped =
      fit("stopped", {"--set", "neighbours.k=[" + many + "]"}, {.signal_after = "neighbours.k 1:", .signal = SIGINT});
  EXPECT_EQ(stopped.code, 130) << stopped.err;
  EXPECT_FALSE(fs::exists(path("frozen/stopped/best.safetensors")));
  ASSERT_EQ(fit("run").code, 0);
  EXPECT_EQ(fit("run").code, 2);
  EXPECT_EQ(run_program({"tagtrain", "--resume", path("frozen/run")}).code, 2);
}

}  // namespace
}  // namespace tagloom

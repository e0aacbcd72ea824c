// Runs on a frozen backbone contain its weights and compute its features once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <csignal>

#include "tests/cli/frozen_tools.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;
using test::expect_same_checkpoint;
using test::ProgramOptions;
using test::ProgramResult;
using test::run_program;
using ::testing::HasSubstr;
using ::testing::Not;

class FrozenRuns : public test::FrozenTools {
 protected:
  void SetUp() override {
    write("frozen.toml", frozen_settings(validation(), {{"image_mean", "0.1,0.33333334,0.7"},
                                                        {"image_std", "0.2,0.123456789,0.9"},
                                                        {"batch_norm_epsilon", "0.003"}}) +
                             "[model]\nkind = \"multi_order\"\nstate = \"features\"\nhidden = 16\nembedding = 8\nsteps = 3\n"
                             "[train]\nepochs = 3\nbatch_size = 8\ndevice = \"cpu\"\n");
  }

  static ProgramResult train_frozen(const std::string& run, std::vector<std::string> more = {},
                                    const ProgramOptions& options = {}) {
    return run_with({"tagtrain", "-c", path("frozen/frozen.toml"), "-o", path("frozen/" + run)}, more, options);
  }
  static std::string evaluation(const std::string& run) {
    const ProgramResult result =
        run_program({"tageval", run, "--data", path("scenes/test.tsv"), "--set", "data.cache=off", "--json", "--quiet"});
    EXPECT_EQ(result.code, 0) << result.err;
    return result.out;
  }
};

TEST_F(FrozenRuns, EvaluateWithoutTheWeightsFile) {
  const std::string run = path("frozen/run"), pictures = path("scenes/images");
  ASSERT_EQ(train_frozen("run").code, 0);
  const std::string metrics = evaluation(run);
  const ProgramResult tags = run_program({"tagpredict", run, pictures, "--scores", "--quiet"});
  ASSERT_EQ(tags.code, 0) << tags.err;

  fs::remove(path("frozen/weights.safetensors"));
  fs::remove_all(path("frozen/cache"));
  EXPECT_EQ(evaluation(run), metrics);
  EXPECT_EQ(run_program({"tagpredict", run, pictures, "--scores", "--quiet"}).out, tags.out);
}

TEST_F(FrozenRuns, ResumeWithoutTheWeightsFile) {
  ASSERT_EQ(train_frozen("whole", {"--set", "data.cache=off"}).code, 0);
  const ProgramResult stopped =
      train_frozen("stopped", {"--set", "data.cache=off"}, {.signal_after = "epoch=1", .signal = SIGINT});
  ASSERT_EQ(stopped.code, 130) << stopped.err;
  fs::remove(path("frozen/weights.safetensors"));
  const ProgramResult resumed = run_program({"tagtrain", "--resume", path("frozen/stopped")});  // computes the features again
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  expect_same_checkpoint(path("frozen/whole/last.safetensors"), path("frozen/stopped/last.safetensors"));
}

TEST_F(FrozenRuns, LeaveOutTheSamePicturesWhenResumed) {
  const std::string picture = path("scenes/images/000000.jpg"), good = test::read_whole_file(picture), run = path("frozen/run");
  test::write_whole_file(picture, "damaged");
  const ProgramResult first = train_frozen("run", {"-q", "--set", "train.epochs=1"});
  ASSERT_EQ(first.code, 0) << first.err;
  EXPECT_THAT(first.err, HasSubstr("1 of 47 pictures cannot be read and is left out"));
  fs::copy(run, path("frozen/whole"));
  const auto resume = [](const std::string& folder) {
    return run_program({"tagtrain", "--resume", folder, "-q", "--set", "train.epochs=2"});
  };
  const ProgramResult whole = resume(path("frozen/whole"));
  EXPECT_EQ(whole.code, 0) << whole.err;
  test::write_whole_file(picture, good);
  const ProgramResult readable = resume(run);
  EXPECT_EQ(readable.code, 0) << readable.err;
  EXPECT_THAT(readable.err, HasSubstr("1 picture that could not be read when the run began is still left out"));
  expect_same_checkpoint(path("frozen/whole/last.safetensors"), run + "/last.safetensors");
}

TEST_F(FrozenRuns, RejectPicturesThatCannotBeReadAnyMore) {
  const std::string run = path("frozen/run"), config = run + "/config.toml";
  const auto replaced = [](const std::string& name, const std::string& contents) {
    const std::string file = path("scenes/images/" + name), before = test::read_whole_file(file);
    test::write_whole_file(file, contents);
    return before;
  };
  const std::string first = replaced("000000.jpg", "damaged");
  ASSERT_EQ(train_frozen("run", {"-q", "--set", "train.epochs=1"}).code, 0);
  const std::string before = test::read_whole_file(config);
  replaced("000000.jpg", first);
  const std::string second = replaced("000001.jpg", "damaged");
  const ProgramResult result = run_program({"tagtrain", "--resume", run, "-q", "--set", "train.epochs=2"});
  replaced("000001.jpg", second);
  EXPECT_EQ(result.code, 3);
  EXPECT_THAT(result.err,
              HasSubstr("images/000001.jpg could be read when the run began: restore it, or start a new run with -o"));
  EXPECT_EQ(test::read_whole_file(config), before);
  EXPECT_FALSE(fs::exists(run + "/.unfinished"));
}

TEST_F(FrozenRuns, RejectWeightsThatAreNotFinite) {
  const auto cnn = make_backbone({.name = "small"});
  cnn->reset({1, 0});
  const float nan = std::nanf("");
  cnn->parameters().back()->value.rows(0, 1).write(&nan, 1);
  save_weights(*cnn, path("frozen/weights.safetensors"));
  const ProgramResult result = train_frozen("run", {"-q"});
  EXPECT_EQ(result.code, 3) << result.err;
  EXPECT_THAT(result.err, HasSubstr("tagtrain: " + path("frozen/weights.safetensors") + ": 1 of the "));
  EXPECT_FALSE(fs::exists(path("frozen/run")));
}

TEST_F(FrozenRuns, UseTheCacheWithoutTheWeightsFile) {
  ASSERT_EQ(train_frozen("run").code, 0);
  fs::remove(path("frozen/weights.safetensors"));
  const ProgramResult cached = run_program({"tageval", path("frozen/run"), "--data", path("scenes/val.tsv")});
  ASSERT_EQ(cached.code, 0) << cached.err;
  EXPECT_THAT(cached.err, HasSubstr("from the cache"));
  const ProgramResult other =  // another normalisation needs other features
      run_program({"tageval", path("frozen/run"), "--data", path("scenes/val.tsv"), "--set", "backbone.mean=[0.5,0.5,0.5]",
                   "--set", "backbone.std=[0.2,0.2,0.2]"});
  ASSERT_EQ(other.code, 0) << other.err;
  EXPECT_THAT(other.err, Not(HasSubstr("from the cache")));
}

TEST_F(FrozenRuns, ReuseFeaturesForAnySeedAndFraction) {
  fs::copy(path("scenes"), path("frozen/scenes"), fs::copy_options::recursive);
  const std::vector<std::string> carved{
      "--set", "data.train=" + path("frozen/scenes/train.tsv"), "--set", "data.validation=", "--set", "data.on_error=stop"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.end(), carved.begin(), carved.end());
    return more;
  };
  const std::vector<std::string> other = with({"--seed", "2", "--set", "data.validation_fraction=0.3"});
  std::vector<std::string> uncached = other;
  uncached.insert(uncached.end(), {"--set", "data.cache=off"});
  ASSERT_EQ(train_frozen("uncached", uncached).code, 0);
  ASSERT_EQ(train_frozen("first", with({})).code, 0);

  for (const auto& picture : fs::directory_iterator(path("frozen/scenes/images"))) {  // makes them undecodable
    const auto time = fs::last_write_time(picture);
    test::write_whole_file(picture.path(), std::string(fs::file_size(picture), 'x'));
    fs::last_write_time(picture, time);
  }
  const ProgramResult second = train_frozen("second", other);
  ASSERT_EQ(second.code, 0) << second.err;
  expect_same_checkpoint(path("frozen/uncached/last.safetensors"), path("frozen/second/last.safetensors"));
  const ProgramResult all = train_frozen("all", with({"--set", "data.validation_fraction=0"}));
  ASSERT_EQ(all.code, 0) << all.err;
  EXPECT_EQ(std::distance(fs::directory_iterator(path("frozen/cache")), {}), 1);
  EXPECT_EQ(train_frozen("decoding", uncached).code, 3);  // the pictures really cannot be decoded
}

}  // namespace
}  // namespace tagloom

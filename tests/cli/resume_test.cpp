// tagtrain --resume with other settings or other data: saved, or refused where it would make another run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <set>

#include "engine/run/run_log.h"
#include "tests/cli/frozen_tools.h"

namespace tagloom::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

class ResumedRuns : public FrozenTools {
 protected:
  // A finished run of one epoch, and its own copy of the data.
  void SetUp() override {
    const auto deep = fs::copy_options::recursive;
    fs::create_directories(path("frozen"));
    fs::copy(path("scenes"), path("frozen/scenes"), deep);
    if (!fs::exists(path("one_epoch"))) {
      const ProgramResult result = train("frozen/run", {"--set", "data.train=" + data("train"), "--set",
                                                        "data.validation=" + data("val"), "--set", "train.epochs=1"});
      ASSERT_EQ(result.code, 0) << result.err;
      fs::copy(run(), path("one_epoch"), deep);
    } else {
      fs::copy(path("one_epoch"), run(), deep);
    }
  }
  static std::string data(const std::string& part) { return path("frozen/scenes/" + part + ".tsv"); }
  static std::string run() { return path("frozen/run"); }
  static ProgramResult resume(std::vector<std::string> more = {}, const std::string& folder = run()) {
    std::vector<std::string> words{"tagtrain", "--resume", folder};
    words.insert(words.end(), more.begin(), more.end());
    return run_program(words);
  }
  static std::string config() { return read_whole_file(run() + "/config.toml"); }
  // Resumes with the change and expects one sentence with these parts, and an unchanged folder.
  static void expect_refused(const std::string& change, const std::vector<std::string>& parts) {
    const std::string before = config(), last = read_whole_file(run() + "/last.safetensors");
    const ProgramResult result = resume({"--set", "train.epochs=2", "--set", change});
    EXPECT_EQ(result.code, 2) << change << ": " << result.err;
    for (const std::string& part : parts) EXPECT_THAT(result.err, HasSubstr(part));
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
    EXPECT_EQ(config(), before);
    EXPECT_TRUE(read_whole_file(run() + "/last.safetensors") == last);
  }
  static void expect_other_data(const std::string& part, const std::string& difference) {
    const ProgramResult result = resume({"--set", "train.epochs=2"});
    EXPECT_EQ(result.code, 3) << result.err;
    EXPECT_THAT(result.err, HasSubstr(data(part)));
    EXPECT_THAT(result.err, HasSubstr(difference));
    EXPECT_THAT(result.err, HasSubstr("start a new run with -o"));
  }
};

TEST_F(ResumedRuns, ChangedSettingsAreKept) {
  const ProgramResult first = resume(
      {"--set", "train.epochs=3", "--set", "optim.learning_rate=1e-4", "--set", "optim.clip_norm=5", "--set", "data.workers=1"});
  ASSERT_EQ(first.code, 0) << first.err;
  for (const char* line : {"\nepochs = 3\n", "\nlearning_rate = 1e-04\n", "\nclip_norm = 5.0\n", "\nworkers = 1\n"}) {
    EXPECT_THAT(config(), HasSubstr(line));
  }
  EXPECT_THAT(config(), HasSubstr("\n# tagtrain -c " + path("tiny.toml")));  // how it began
  EXPECT_THAT(config(), HasSubstr("\n# tagtrain --resume " + run() + " --set train.epochs=3"));
  const std::string before = config();
  const ProgramResult second = resume();
  ASSERT_EQ(second.code, 0) << second.err;
  EXPECT_EQ(config(), before);
  EXPECT_EQ(read_run_log(run() + "/metrics.jsonl").back().epoch, 3);
}

TEST_F(ResumedRuns, AFinishedRunIsCompleteAndItsFilesAreRestored) {
  const auto names = [] {
    std::set<std::string> found;
    for (const auto& entry : fs::directory_iterator(run())) found.insert(entry.path().filename());
    return found;
  };
  const auto before = names();
  const std::string decisions = read_whole_file(run() + "/decisions.tsv"), best = read_whole_file(run() + "/best.safetensors");
  for (const char* gone : {"", "/decisions.tsv", "/report.html"}) {
    if (*gone) fs::remove(run() + gone);
    const ProgramResult result = resume();
    EXPECT_EQ(result.code, 0) << result.err;
    EXPECT_THAT(result.err, HasSubstr(run() + " is complete: to train it longer, set train.epochs to more than 1\n"));
    EXPECT_EQ(names(), before) << gone;
    EXPECT_EQ(read_whole_file(run() + "/decisions.tsv"), decisions);
    EXPECT_THAT(read_whole_file(run() + "/report.html"), HasSubstr("id=\"curves\""));
    EXPECT_TRUE(read_whole_file(run() + "/best.safetensors") == best);
  }
  fs::remove(run() + "/best.safetensors");
  const ProgramResult result = resume();
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("warning: " + run() +
                                    "/best.safetensors is missing: it is written again with the weights of "
                                    "the last epoch\n"));
  EXPECT_EQ(names(), before);
  EXPECT_EQ(
      run_program({"tagpredict", run(), path("scenes/images/000000.jpg"), "-q", "--set", "decode.thresholds=per_label"}).code, 0);
}

TEST_F(ResumedRuns, AnExtensionThatIsKilledAtItsEndCanBeFinished) {
  fs::copy(run(), path("frozen/whole"));
  ASSERT_EQ(resume({"--set", "train.epochs=2"}, path("frozen/whole")).code, 0);
  const ProgramResult killed =
      run_program({"tagtrain", "--resume", run(), "--set", "train.epochs=2"}, {.signal_after = "epoch=2", .signal = SIGKILL});
  ASSERT_EQ(killed.code, 128 + SIGKILL) << killed.err;
  EXPECT_TRUE(fs::exists(run() + "/.unfinished"));
  const ProgramResult result = resume();
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_FALSE(fs::exists(run() + "/.unfinished"));
  for (const char* file : {"/decisions.tsv", "/best.safetensors", "/last.safetensors"}) {
    EXPECT_TRUE(read_whole_file(run() + file) == read_whole_file(path("frozen/whole") + file)) << file;
  }
}

TEST_F(ResumedRuns, FewerEpochsThanTrainedAreRefused) {
  ASSERT_EQ(resume({"--set", "train.epochs=2"}).code, 0);
  const std::string before = config();
  const ProgramResult result = resume({"--set", "train.epochs=1"});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr("train.epochs is 1, but " + run() +
                                    " has already begun epoch 2: set a larger number, or leave it out\n"));
  EXPECT_EQ(config(), before);
}

TEST_F(ResumedRuns, AnInterruptedChangeContinuesWithTheSameValues) {
  const std::vector<std::string> change{"--set", "train.epochs=4", "--set", "optim.learning_rate=2e-4"};
  fs::copy(run(), path("frozen/whole"));
  ASSERT_EQ(resume(change, path("frozen/whole")).code, 0);
  std::vector<std::string> words{"tagtrain", "--resume", run()};
  words.insert(words.end(), change.begin(), change.end());
  const ProgramResult stopped = run_program(words, {.signal_after = "epoch=2", .signal = SIGINT});
  ASSERT_EQ(stopped.code, 130) << stopped.err;
  const ProgramResult resumed = resume();  // as the message says
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  expect_same_checkpoint(path("frozen/whole/last.safetensors"), run() + "/last.safetensors");
}

TEST_F(ResumedRuns, SettingsThatMakeAnotherRunAreRefused) {
  expect_refused("data.size=48", {"data.size is 32 ", "48", "-o"});
  expect_refused("train.seed=2", {"train.seed is 1 ", "2", "-o"});
  expect_refused("train.batch_size=4", {"train.batch_size is 8 "});
  expect_refused("optim.average=ema", {"optim.average is \"none\" ", "\"ema\""});
  expect_refused("optim.name=sgd", {"optim.name is "});
  expect_refused("model.hidden=8", {"model.hidden is 16 "});
  expect_refused("model.kind=classifier", {"model.kind is \"multi_order\" "});
  expect_refused("backbone.freeze=true", {"backbone.freeze is false "});
  expect_refused("data.minimum_count=2", {"data.minimum_count is 1 "});
  expect_refused("data.validation_fraction=0.2", {"data.validation_fraction is 0.1 "});
  expect_refused("train.best_by=f1_label", {"train.best_by is \"loss\" "});
  const ProgramResult same = resume({"--set", "data.size=32", "--set", "train.seed=1", "--set", "model.hidden=16"});
  EXPECT_EQ(same.code, 0) << same.err;
}

TEST_F(ResumedRuns, EditingTheConfigurationDoesNotHideAChange) {
  std::string text = config();
  text.replace(text.find("\nseed = 1\n"), 10, "\nseed = 2\n");
  std::ofstream(run() + "/config.toml") << text;
  const ProgramResult result = resume({"--set", "train.epochs=2"});
  EXPECT_EQ(result.code, 2) << result.err;
  EXPECT_THAT(result.err, HasSubstr("train.seed is 1 "));
}

TEST_F(ResumedRuns, OlderCheckpointsResume) {
  const std::string last = run() + "/last.safetensors";
  {
    const std::string copy = path("frozen/copy.safetensors");
    fs::copy(last, copy);
    const Safetensors file = Safetensors::open(copy);
    SafetensorsMetadata metadata = file.metadata();
    ASSERT_EQ(metadata.erase("tagloom.origin"), 1u);
    metadata.erase(kSafetensorsChecksum);  // computed again
    write_safetensors(last, file.entries(), metadata);
  }
  expect_refused("train.seed=2", {"train.seed is 1 "});  // in config.toml
  std::ofstream(data("train"), std::ios::app) << "images/000000.jpg\tsky\n";
  const ProgramResult result = resume({"--set", "train.epochs=2"});  // a checkpoint without origin
  EXPECT_EQ(result.code, 0) << result.err;
  std::ofstream(data("train"), std::ios::app) << "images/000000.jpg\tsky\n";
  EXPECT_EQ(resume({"--set", "train.epochs=3"}).code, 3);  // from now on it does
}

TEST_F(ResumedRuns, MetricsThatSelectTheBestWeightsStayTheSame) {
  ASSERT_EQ(resume({"--set", "decode.top_k=3"}).code, 0);  // the loss selects
  EXPECT_THAT(config(), HasSubstr("\ntop_k = 3\n"));
  ASSERT_EQ(train("frozen/by_metric", {"--set", "train.epochs=1", "--set", "train.best_by=f1_label"}).code, 0);
  const ProgramResult result = resume({"--set", "decode.top_k=3"}, path("frozen/by_metric"));
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr("decode.top_k is 5 "));
  EXPECT_EQ(resume({"--set", "eval.batch_size=3"}, path("frozen/by_metric")).code, 0);
}

TEST_F(ResumedRuns, OtherPicturesOrTagsAreRefused) {
  const std::string train_rows = read_whole_file(data("train")), validation_rows = read_whole_file(data("val"));
  const auto rows = std::count(train_rows.begin(), train_rows.end(), '\n');
  std::ofstream(data("train"), std::ios::app) << "images/000000.jpg\tsky\n";
  expect_other_data("train", format("has {} rows, but the run began with {}", rows + 1, rows));
  std::string renamed = train_rows;
  renamed.insert(renamed.find('\n'), ",unheard_of");  // not in the vocabulary: the same training
  std::ofstream(data("train")) << renamed;
  EXPECT_EQ(resume().code, 0);
  std::ofstream(data("train")) << train_rows.substr(train_rows.find('\n') + 1) << train_rows.substr(0, train_rows.find('\n') + 1);
  expect_other_data("train", "its pictures, tags or their order have changed");
  std::ofstream(data("train")) << train_rows;
  std::ofstream(data("val")) << validation_rows << "images/000001.jpg\tsky\n";
  expect_other_data("val", "rows, but the run began with");
  std::ofstream(data("val")) << validation_rows;

  const std::string first = train_rows.substr(0, train_rows.find('\t'));
  fs::rename(path("frozen/scenes/" + first), path("frozen/gone.jpg"));
  expect_other_data("train", format("{} of its {} pictures can be used, but the run began with {}", rows - 1, rows, rows));
  fs::rename(path("frozen/gone.jpg"), path("frozen/scenes/" + first));
  EXPECT_EQ(resume({"--set", "train.epochs=2"}).code, 0);
}

TEST_F(ResumedRuns, AMovedDatasetIsTheSame) {
  fs::rename(path("frozen/scenes"), path("frozen/moved"));
  for (const auto& entry : fs::recursive_directory_iterator(path("frozen/moved"))) {
    fs::last_write_time(entry.path(), fs::file_time_type::clock::now());
  }
  const ProgramResult moved = resume({"--set", "data.train=" + path("frozen/moved/train.tsv"), "--set",
                                      "data.validation=" + path("frozen/moved/val.tsv"), "--set", "train.epochs=2"});
  EXPECT_EQ(moved.code, 0) << moved.err;
  EXPECT_EQ(resume().code, 0);  // the new paths are kept
}

TEST_F(ResumedRuns, TheSplitIsTheSame) {  // the pictures set aside depend on all pictures
  ASSERT_EQ(
      train("frozen/split", {"--set", "data.train=" + data("train"), "--set", "data.validation=", "--set", "train.epochs=1"})
          .code,
      0);
  std::ofstream(data("train"), std::ios::app) << "images/000000.jpg\tsky\n";
  const ProgramResult result = resume({"--set", "train.epochs=2"}, path("frozen/split"));
  EXPECT_EQ(result.code, 3) << result.err;
  EXPECT_THAT(result.err, HasSubstr("rows, but the run began with"));
}

TEST_F(ResumedRuns, FilesOfTheBeginningMayMoveButNotChange) {
  std::ofstream(path("frozen/other.txt")) << "sky\nsea\n";
  fs::copy(run() + "/vocabulary.txt", path("frozen/same.txt"));
  expect_refused("data.vocabulary=" + path("frozen/other.txt"), {"other.txt", "other tags"});
  EXPECT_EQ(resume({"--set", "data.vocabulary=" + path("frozen/same.txt")}).code, 0);

  write("frozen.toml", frozen_settings(validation()) + "[model]\nkind = \"classifier\"\n[train]\nepochs = 1\nbatch_size = 8\n" +
                           "device = \"cpu\"\n");
  const std::string own = path("frozen/own");
  ASSERT_EQ(run_program({"tagtrain", "-c", path("frozen/frozen.toml"), "-o", own}).code, 0);
  fs::copy(path("frozen/weights.safetensors"), path("frozen/copy.safetensors"));
  EXPECT_EQ(resume({"--set", "backbone.weights=" + path("frozen/copy.safetensors")}, own).code, 0);
  const ProgramResult missing = resume({"--set", "backbone.weights=" + path("frozen/nowhere.safetensors")}, own);
  EXPECT_EQ(missing.code, 3) << missing.err;
  fs::copy(run() + "/best.safetensors", path("frozen/others.safetensors"));
  const ProgramResult changed = resume({"--set", "backbone.weights=" + path("frozen/others.safetensors")}, own);
  EXPECT_EQ(changed.code, 2) << changed.err;
  EXPECT_THAT(changed.err, HasSubstr("other weights"));
}

}  // namespace
}  // namespace tagloom::test

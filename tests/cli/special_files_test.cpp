// Pipes, devices and links in place of files: a sentence or a stream, but never a hang.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <csignal>

#include "tests/cli/train_tools.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;
using test::ProgramOptions;
using test::ProgramResult;
using test::run_program;
using test::write_whole_file;
using testing::HasSubstr;

constexpr double kSoon = 60;  // a hang fails the test

class SpecialFiles : public test::TrainTools {
 protected:
  static std::string make_pipe(const std::string& name) {
    fs::remove(path(name));
    EXPECT_EQ(mkfifo(path(name).c_str(), 0600), 0);
    return path(name);
  }
  static void expect_refused(const std::vector<std::string>& words, const std::string& part, int code = 3) {
    const ProgramResult result = run_program(words, {.seconds = kSoon});
    EXPECT_EQ(result.code, code) << result.err;
    EXPECT_THAT(result.err + result.out, HasSubstr(part));
  }
};

TEST_F(SpecialFiles, NothingWaitsForAPipeInPlaceOfAFile) {
  const std::string tsv = make_pipe("pipe.tsv"), jpg = make_pipe("pipe.jpg"), other = make_pipe("pipe");
  const std::string not_regular = ": is not a regular file";
  expect_refused({"tagdata", "inspect", tsv}, tsv + not_regular);
  expect_refused({"tageval", finished(), "--data", tsv}, tsv + not_regular);
  expect_refused({"tageval", finished(), "--per-tag", other}, other + ": cannot write: no process reads this pipe");
  expect_refused({"tagtrain", "-c", path("tiny.toml"), "-o", path("x"), "--set", "data.train=" + tsv}, tsv + not_regular);
  expect_refused({"tagpredict", finished(), jpg, "--quiet"}, jpg + not_regular);
  expect_refused({"tagpredict", finished(), "/dev/zero", "--quiet"}, "/dev/zero" + not_regular);
  expect_refused({"tagpredict", finished(), path("scenes/images"), "--checkpoint", other}, other + ": is not a regular file");
  expect_refused({"tagpredict", other, path("scenes/images")}, "is not a run", 2);
  expect_refused({"tagtrain", "--suite", path("tiny.toml"), "-o", path("x"), "--tables", other}, "tiny.toml", 2);
  expect_refused({"tagdata", "scenes", other}, "is a file, not a folder", 2);

  fs::create_directory(path("set"));
  make_pipe("set/dataset.json");
  expect_refused({"tagdata", "scenes", path("set"), "--force"}, "dataset.json" + not_regular);

  write_whole_file(path("list.tsv"), "pipe.jpg\tsky\nscenes/images/000000.jpg\tsky\n/dev/zero\tsky\n");
  expect_refused({"tagdata", "inspect", path("list.tsv")}, "unreadable: list.tsv:1: " + jpg + not_regular);
  expect_refused({"tagdata", "inspect", path("list.tsv")}, "unreadable: list.tsv:3: /dev/zero" + not_regular);
  const ProgramResult evaluated = run_program({"tageval", finished(), "--data", path("list.tsv")}, {.seconds = kSoon});
  EXPECT_THAT(evaluated.err, HasSubstr(not_regular));
}

TEST_F(SpecialFiles, ADecisionsFileMustBeRegular) {
  const std::string run = path("decided");
  const ProgramResult trained = train("decided", {"--quiet", "--set", "model.kind=classifier", "--set", "train.epochs=1"});
  if (trained.code != 0) GTEST_SKIP() << trained.err;
  make_pipe("decided/decisions.tsv");
  expect_refused({"tageval", run, "--set", "decode.thresholds=per_label"}, "decisions.tsv: is not a regular file");
}

TEST_F(SpecialFiles, FoldersSkipPipes) {
  fs::create_directory(path("mixed"));
  fs::copy(path("scenes/images/000000.jpg"), path("mixed/a.jpg"));
  make_pipe("mixed/pipe.jpg");
  const ProgramResult result = run_program({"tagpredict", finished(), path("mixed"), "--quiet"}, {.seconds = kSoon});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("mixed/a.jpg\t"));
}

TEST_F(SpecialFiles, ConfigurationsAndVocabulariesMayBeStreams) {
  const std::string config = test::read_whole_file(path("tiny.toml"));
  const ProgramResult from_stdin =
      run_program({"tagtrain", "-c", "/dev/stdin", "--dry-run"}, {.input = config, .seconds = kSoon});
  EXPECT_EQ(from_stdin.code, 0) << from_stdin.err;
  const std::string tool = test::built_program("tagtrain");
  const ProgramResult substituted =
      run_program({"/bin/bash", "-c", tool + " -c <(cat " + path("tiny.toml") + ") --dry-run"}, {.seconds = kSoon});
  EXPECT_EQ(substituted.code, 0) << substituted.err;
  const std::string late = make_pipe("late.toml");
  const ProgramResult waited = run_program(
      {"/bin/sh", "-c", "(sleep 1; cat " + path("tiny.toml") + " > " + late + ") & " + tool + " -c " + late + " --dry-run"},
      {.seconds = kSoon});
  EXPECT_EQ(waited.code, 0) << waited.err;
  const ProgramResult words = run_program({"tagdata", "inspect", path("scenes/val.tsv"), "--words", "/dev/stdin"},
                                          {.input = test::read_whole_file(path("scenes/words.txt")), .seconds = kSoon});
  EXPECT_EQ(words.code, 0) << words.err;
  EXPECT_THAT(words.out, HasSubstr("unknown tags    0\n"));
  expect_refused({"tagtrain", "-c", "/dev/null", "-o", path("x")}, "data.train is not set", 2);
  expect_refused({"tagtrain", "-c", "/dev/zero", "-o", path("x")}, "/dev/zero: gave ");
}

TEST_F(SpecialFiles, TheFirstSignalEndsAWaitForAStream) {
  const std::string config = make_pipe("never.toml"), tool = test::built_program("tagtrain");
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    const ProgramResult result =
        run_program({"/bin/sh", "-c", "(sleep 1; echo started) & exec " + tool + " -c " + config + " -o " + path("x")},
                    {.signal_after = "started", .signal = signal, .seconds = kSoon});
    EXPECT_EQ(result.code, 128 + signal) << result.err;
    EXPECT_THAT(result.err, HasSubstr("interrupted"));
  }
}

TEST_F(SpecialFiles, ImportsDoNotWaitForPipes) {
  fs::create_directory(path("annotated"));
  make_pipe("annotated/a.xml");
  make_pipe("annotated/b.json");
  make_pipe("annotated/metadata.csv");
  make_pipe("annotated/c.txt");
  fs::copy(path("scenes/images/000000.jpg"), path("annotated/c.jpg"));
  expect_refused({"tagdata", "import", path("annotated"), "-o", path("new.tsv")}, "annotated: its format was not recognised");
  for (const char* format : {"voc", "labelme"})
    expect_refused({"tagdata", "import", path("annotated"), "--format", format, "-o", path("new.tsv")},
                   "annotated/a.xml: is not a regular file");
  for (const char* name : {"b.json", "metadata.csv"})
    expect_refused({"tagdata", "import", path("annotated/" + std::string(name)), "-o", path("new.tsv")}, "is not a regular file");
  expect_refused({"tagdata", "import", "/dev/zero", "--format", "coco", "-o", path("new.tsv")},
                 "/dev/zero: is not a regular file");
  EXPECT_FALSE(fs::exists(path("new.tsv")));
}

}  // namespace
}  // namespace tagloom

// Tests tagpredict with lists of pictures, with an output file that a later run continues, and with --newer-than.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <nlohmann/json.hpp>

#include "kernels/base/format.h"
#include "tests/cli/train_tools.h"

namespace tagloom::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class PredictList : public TrainTools {
 protected:
  void SetUp() override {
    fs::create_directory(path("photos"));
    for (int i = 0; i < 40; ++i) fs::copy(path(format("scenes/images/{:06}.jpg", i)), path(format("photos/{:02}.jpg", i)));
  }
  void TearDown() override {
    fs::remove_all(path("photos"));
    for (const char* name : {"out.txt", "out.csv", "out.jsonl"}) fs::remove(path(name));
  }
  static std::vector<std::string> words(const std::vector<std::string>& more) {
    std::vector<std::string> all{"tagpredict", finished(), "--quiet", "--set", "eval.batch_size=1"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  static ProgramResult predict(const std::vector<std::string>& more, const ProgramOptions& options = {}) {
    return run_program(words(more), options);
  }
  // Runs tagpredict on a list that contains the output of the command `list` and stays open while the shell runs `meanwhile`.
  static ProgramResult run_on_open_list(const std::vector<std::string>& more, const std::string& list,
                                        const std::string& meanwhile) {
    std::string line = built_program("tagpredict");
    const std::vector<std::string> all = words(more);
    for (size_t i = 1; i < all.size(); ++i) line += " " + all[i];
    const std::string pipe = path("photos/pipe");
    return run_program(
        {"/bin/bash", "-c",
         format("mkfifo {0}; exec 9<>{0}; {1} - < {0} 9<&- & pid=$!; {2} >&9; {3}; wait $pid; code=$?; rm {0}; exit $code", pipe,
                line, list.empty() ? ":" : list, meanwhile)},
        {.seconds = 60});
  }
  static std::string output(const std::string& format) { return path("out." + (format == "text" ? "txt" : format)); }
};

int64_t lines_of(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

TEST_F(PredictList, ReadsPathsFromStandardInput) {
  const std::string odd = path("photos/a b\n\"\xE9.jpg");
  fs::copy(path("photos/00.jpg"), odd);
  const ProgramResult lines = predict({"-"}, {.folder = path("photos"), .input = "00.jpg\r\n\n./01.jpg\n.\n02.jpg"});
  EXPECT_EQ(lines.code, 0);
  EXPECT_EQ(lines_of(lines.out), 3);
  EXPECT_THAT(lines.out, StartsWith("00.jpg\t"));
  EXPECT_THAT(lines.out, HasSubstr("\n./01.jpg\t"));
  EXPECT_THAT(lines.out, HasSubstr("\n02.jpg\t"));
  EXPECT_THAT(lines.err, HasSubstr("folders in the list were not searched (1):"));

  const ProgramResult nuls =
      predict({"--files-from", "-", "-0", "--format", "jsonl"}, {.input = odd + '\0' + path("photos/03.jpg") + '\0'});
  ASSERT_EQ(nuls.code, 0) << nuls.err;
  const auto first = nlohmann::json::parse(nuls.out.substr(0, nuls.out.find('\n')));
  EXPECT_EQ(run_program({"/usr/bin/base64", "-d"}, {.input = first["path_bytes"].get<std::string>()}).out, odd);
  EXPECT_EQ(lines_of(nuls.out), 2);

  write_whole_file(path("photos/list"), path("photos/04.jpg") + "\n" + path("photos/gone.jpg") + "\n");
  const ProgramResult file = predict({"--files-from", path("photos/list")});
  EXPECT_EQ(file.code, 3);
  EXPECT_EQ(lines_of(file.out), 1);
  EXPECT_THAT(file.err, HasSubstr("skipped " + path("photos/gone.jpg") + ": cannot be opened: No such file or directory"));
}

TEST_F(PredictList, TagsTheFirstPictureBeforeTheListEnds) {
  const std::string tool = built_program("tagpredict") + " -q " + finished() + " - > " + path("photos/out");
  const ProgramResult result = run_program({"/bin/bash", "-c",
                                            "(echo " + path("photos/00.jpg") + "; until grep -q 00.jpg " + path("photos/out") +
                                                "; do sleep 0.05; done; echo " + path("photos/01.jpg") + ") | " + tool});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(lines_of(read_whole_file(path("photos/out"))), 2);
}

TEST_F(PredictList, CtrlCInterruptsWaitingForTheList) {
  const ProgramResult result = run_on_open_list({}, "", "sleep 2; kill -INT $pid");
  EXPECT_EQ(result.code, 130) << result.err;
  EXPECT_THAT(result.err, HasSubstr("tagpredict: interrupted after 0 pictures; a run with --output FILE can be continued\n"));
}

TEST_F(PredictList, RejectsInvalidLists) {
  const auto expect_refused = [](const std::vector<std::string>& more, const std::string& input, int code,
                                 const std::string& part) {
    const ProgramResult result = predict(more, {.input = input});
    EXPECT_EQ(result.code, code) << result.err;
    EXPECT_THAT(result.err, HasSubstr(part));
    EXPECT_EQ(result.out, "");
  };
  expect_refused({"-"}, "", 3, "the list has no pictures");
  expect_refused({"-"}, path("photos/00.jpg") + '\0' + path("photos/01.jpg") + '\0', 3,
                 "standard input: contains NUL characters: add -0");
  expect_refused({"-"}, std::string(70000, 'x'), 3,
                 "is longer than a path can be: separate paths by newlines, or by NULs with -0");
  expect_refused({"--files-from", path("gone")}, "", 3, path("gone") + ": cannot be opened: No such file or directory");
  expect_refused({"--files-from", path("photos")}, "", 3, path("photos") + ": cannot be read: Is a directory");
  expect_refused({"-", path("photos")}, "", 2, "- reads the list of all pictures");
  expect_refused({path("photos"), "--files-from", "-"}, "", 2, "--files-from reads the list of all pictures");
  expect_refused({path("photos"), "-0"}, "", 2, "--null needs a list");
  expect_refused({"-", "--watch"}, "", 2, "--watch needs folders");
  expect_refused({}, "", 2, "PICTURES is required");
  expect_refused({path("photos"), "--skip-existing"}, "", 2, "--skip-existing needs --output");
  expect_refused({path("photos"), "--newer-than", "2026-02-30"}, "", 2, "2026-02-30 is neither a file nor a date");
}

TEST_F(PredictList, AnOutputFileIsContinuedFromAnyByte) {
  for (const std::string& format : std::vector<std::string>{"text", "csv", "jsonl"}) {
    const std::string out = output(format);
    const std::vector<std::string> words{path("photos"), "--format", format, "--output", out};
    std::vector<std::string> again = words;
    again.push_back("--skip-existing");
    const ProgramResult whole = predict(words);
    ASSERT_EQ(whole.code, 0) << whole.err;
    EXPECT_EQ(whole.out, "");
    const std::string text = read_whole_file(out);
    EXPECT_EQ(text, predict({path("photos"), "--format", format}).out);
    const ProgramResult refused = predict(words);
    EXPECT_EQ(refused.code, 2);
    EXPECT_THAT(refused.err, HasSubstr(out + ": already has contents: add --skip-existing"));
    const auto written = fs::last_write_time(out);
    ASSERT_EQ(predict(again).code, 0);
    EXPECT_TRUE(fs::last_write_time(out) == written);
    for (size_t size = 0; size <= text.size(); size += size < 8 ? 4 : text.size() / 7 + 1) {
      const bool between_rows = size > 0 && text[size - 1] == '\n';  // a killed process leaves this only at the end of a page
      write_whole_file(out, text.substr(0, size + (between_rows ? 1 : 0)));
      const ProgramResult result = predict(again);
      ASSERT_EQ(result.code, 0) << result.err;
      EXPECT_TRUE(read_whole_file(out) == text) << format << " after " << size << " bytes";
    }
  }
}

TEST_F(PredictList, AFileOfAnotherFormatIsNotContinued) {
  const std::string out = output("csv");
  ASSERT_EQ(predict({path("photos"), "--format", "csv", "--output", out}).code, 0);
  const std::string text = read_whole_file(out);
  for (const std::string& format : std::vector<std::string>{"text", "jsonl"}) {
    const ProgramResult result = predict({path("photos"), "--format", format, "--output", out, "--skip-existing"});
    EXPECT_EQ(result.code, 3);
    EXPECT_THAT(result.err, HasSubstr(out + ":1: is not a row of --format " + format));
    EXPECT_EQ(read_whole_file(out), text);
  }
  write_whole_file(out, "my notes\n");
  EXPECT_EQ(predict({path("photos"), "--format", "csv", "--output", out, "--skip-existing"}).code, 3);
  EXPECT_EQ(read_whole_file(out), "my notes\n");
}

TEST_F(PredictList, SkipsPicturesInAnySpelling) {
  ASSERT_EQ(predict({"photos", "--output", "out.txt"}, {.folder = path("")}).code, 0);
  fs::copy(path("photos/00.jpg"), path("photos/new.jpg"));
  ASSERT_EQ(predict({path("photos/../photos"), "--output", "out.txt", "--skip-existing"}, {.folder = path("")}).code, 0);
  const std::string text = read_whole_file(path("out.txt"));
  EXPECT_EQ(lines_of(text), 41);
  EXPECT_THAT(text, HasSubstr("\n" + path("photos/../photos/new.jpg") + "\t"));
}

TEST_F(PredictList, SkipsPicturesWithACaption) {
  write_whole_file(path("photos/00.txt"), "mine");
  ASSERT_EQ(predict({path("photos"), "--format", "caption", "--skip-existing"}).code, 0);
  EXPECT_EQ(read_whole_file(path("photos/00.txt")), "mine");
  EXPECT_NE(read_whole_file(path("photos/01.txt")), "");
}

TEST_F(PredictList, AnInterruptedRunPrintsHowToContinue) {
  const std::string out = output("csv");
  const std::vector<std::string> arguments{path("photos"), "--format", "csv", "--output", out};
  ASSERT_EQ(predict(arguments).code, 0);
  const std::string text = read_whole_file(out);
  for (const int signal : {SIGINT, SIGTERM, SIGKILL}) {
    fs::remove(out);
    const ProgramResult stopped = run_on_open_list(
        {"--format", "csv", "--output", out}, "ls " + path("photos") + "/0*.jpg",
        "until grep -q 09.jpg " + out + " 2> /dev/null; do sleep 0.05; done; kill -" + std::to_string(signal) + " $pid");
    EXPECT_EQ(stopped.code, 128 + signal);
    if (signal != SIGKILL) {
      EXPECT_THAT(stopped.err, HasSubstr("interrupted after 10 pictures, whose tags are in " + out));
      EXPECT_THAT(stopped.err, HasSubstr("continue with: tagpredict " + finished()));
      EXPECT_THAT(stopped.err, HasSubstr(" --skip-existing\n"));
    }
    EXPECT_TRUE(text.starts_with(read_whole_file(out)));
    std::vector<std::string> again = arguments;
    again.push_back("--skip-existing");
    EXPECT_EQ(predict(again).code, 0);
    EXPECT_TRUE(read_whole_file(out) == text);
  }
}

TEST_F(PredictList, TwoRunsDoNotWriteToOneFile) {
  const std::string out = output("text"), lock = "exec 9>>" + out + "; flock 9; ";
  const ProgramResult result = run_program(
      {"/bin/bash", "-c", lock + built_program("tagpredict") + " " + finished() + " " + path("photos") + " --output " + out});
  EXPECT_EQ(result.code, 3);
  EXPECT_THAT(result.err, HasSubstr(out + ": another process is writing to it"));
}

TEST_F(PredictList, NewerThanAFileOrADate) {
  using namespace std::chrono_literals;
  const auto day = fs::file_time_type::clock::now();
  for (int i = 0; i < 40; ++i) fs::last_write_time(path(format("photos/{:02}.jpg", i)), day - (i < 37 ? 48h : 0h));
  write_whole_file(path("out.txt"), "");
  fs::last_write_time(path("out.txt"), day - 24h);
  const ProgramResult result = predict({path("photos"), "--newer-than", path("out.txt")});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(lines_of(result.out), 3);
  EXPECT_THAT(result.out, StartsWith(path("photos/37.jpg\t")));
  EXPECT_EQ(lines_of(predict({path("photos"), "--newer-than", "1999-12-31T23:59:59Z"}).out), 40);
  const ProgramResult none = predict({path("photos"), "--newer-than", "2999-01-01"});
  EXPECT_EQ(none.code, 0) << none.err;
  EXPECT_EQ(none.out, "");
}

}  // namespace
}  // namespace tagloom::test

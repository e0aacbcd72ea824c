// tagdata on the command line.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>

#include "tests/support/run_program.h"
#include "tests/support/temporary_folder.h"

namespace tagloom::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::StartsWith;

ProgramResult tagdata(std::vector<std::string> words) {
  words.insert(words.begin(), "tagdata");
  return run_program(words);
}

ProgramResult make_scenes(const std::string& out, const std::string& images = "30") {
  return tagdata({"scenes", out, "--images", images, "--size", "24", "--seed", "4", "--quiet"});
}

TEST(Tagdata, ScenesWritesADatasetAndASummary) {
  TemporaryFolder folder;
  const ProgramResult r = tagdata({"scenes", folder / "set", "--images", "20", "--size", "24"});
  EXPECT_EQ(r.code, 0) << r.err;
  EXPECT_EQ(r.out, "");
  EXPECT_THAT(r.err, HasSubstr("20 pictures of 24x24 (16 train, 2 val, 2 test), 28 tags"));
  for (const char* name : {"train.tsv", "val.tsv", "test.tsv", "words.txt", "dataset.json", "images/000019.jpg"}) {
    EXPECT_TRUE(fs::exists(folder / "set/" + name)) << name;
  }
  EXPECT_FALSE(fs::exists(folder / "set/.partial"));
}

TEST(Tagdata, QuietPrintsNothing) {
  TemporaryFolder folder;
  const ProgramResult r = make_scenes(folder / "set", "3");
  EXPECT_EQ(r.code, 0);
  EXPECT_EQ(r.out + r.err, "");
}

TEST(Tagdata, InvalidCommandLinesExitWith2) {
  TemporaryFolder folder;
  const struct {
    std::vector<std::string> words;
    std::string message;
  } rows[] = {
      {{}, "a command is required"},
      {{"scnes", folder / "a"}, "unknown command \"scnes\" (did you mean \"scenes\"?)"},
      {{"scenes"}, "OUT"},
      {{"scenes", folder / "a", "--imges", "3"}, "did you mean \"--images\"?"},
      {{"scenes", folder / "a", "--images", "many"}, "many"},
      {{"scenes", folder / "a", "--images", "0"}, "must be 1 to 100000000, got 0"},
      {{"scenes", folder / "a", "--size", "8"}, "must be 16 to 1024 pixels, got 8"},
      {{"scenes", folder / "a", "--size", "99999999999"}, "got 99999999999"},
      {{"scenes", folder / "a", "--seed", "-1"}, "--seed cannot be negative"},
      {{"scenes", folder / "a", "--format", "gif"}, "\"gif\" is not a valid value"},
  };
  for (const auto& row : rows) {
    const ProgramResult r = tagdata(row.words);
    EXPECT_EQ(r.code, 2) << r.err;
    EXPECT_THAT(r.err, StartsWith("tagdata: "));
    EXPECT_THAT(r.err, HasSubstr(row.message));
    EXPECT_EQ(std::count(r.err.begin(), r.err.end(), '\n'), 1) << r.err;
  }
  EXPECT_EQ(folder.file_count(), 0);
}

TEST(Tagdata, ScenesRejectsANonEmptyFolder) {
  TemporaryFolder folder;
  ASSERT_EQ(make_scenes(folder / "set", "3").code, 0);
  const ProgramResult r = make_scenes(folder / "set", "3");
  EXPECT_EQ(r.code, 2);
  EXPECT_THAT(r.err, HasSubstr("add --force to replace the dataset in it"));
  EXPECT_EQ(tagdata({"scenes", folder / "set", "--images", "2", "--size", "24", "--force"}).code, 0);
  EXPECT_FALSE(fs::exists(folder / "set/images/000002.jpg"));
}

TEST(Tagdata, WriteErrorsExitWith3) {
  TemporaryFolder folder;
  write_whole_file(folder / "file", "x");
  const ProgramResult r = make_scenes(folder / "file/set", "3");
  EXPECT_EQ(r.code, 3);
  EXPECT_THAT(r.err, HasSubstr("cannot be written"));
}

TEST(Tagdata, InterruptedScenesLeaveNothing) {
  TemporaryFolder folder;
  for (const int signal : {SIGINT, SIGTERM}) {
    const ProgramResult r = run_program({"tagdata", "scenes", folder / "set", "--images", "1000000"},
                                        {.terminal = true, .signal_after = "paint", .signal = signal});
    EXPECT_EQ(r.code, 128 + signal);
    EXPECT_THAT(r.err, HasSubstr("tagdata: interrupted: nothing was written to "));
    EXPECT_EQ(folder.file_count(), 0);
  }
}

TEST(Tagdata, AKilledReplacementCanBeRepeatedAndLosesNothingOfOthers) {
  TemporaryFolder folder;
  ASSERT_EQ(make_scenes(folder / "old", "300").code, 0);
  ASSERT_EQ(tagdata({"scenes", folder / "new", "--images", "400", "--size", "24", "--seed", "9", "--quiet"}).code, 0);
  const std::string old_rows = read_whole_file(folder / "old/train.tsv"), new_rows = read_whole_file(folder / "new/train.tsv");
  const std::string command =
      built_program("tagdata") + " scenes " + (folder / "set") + " --images 400 --size 24 --seed 9 --quiet --force";
  for (int round = 0; round < 6; ++round) {
    fs::remove_all(folder / "set");
    fs::copy(folder / "old", folder / "set", fs::copy_options::recursive);
    const auto expect_mine = [&] {
      for (const char* name : {"set/images/mine.jpg", "set/notes.txt"}) EXPECT_EQ(read_whole_file(folder / name), "mine") << name;
    };
    for (const char* name : {"set/images/mine.jpg", "set/notes.txt"}) write_whole_file(folder / name, "mine");
    // Killed while it draws, or as soon as it has removed the old manifest.
    const std::string when =
        round % 2 == 0 ? "sleep 0.0" + std::to_string(round + 1) : "while [ -e " + (folder / "set/train.tsv") + " ]; do :; done";
    run_program({"/bin/sh", "-c", command + " & " + when + "; kill -KILL $!; wait"});
    expect_mine();
    const std::string rows = read_whole_file(folder / "set/train.tsv");
    EXPECT_TRUE(rows.empty() || rows == old_rows || rows == new_rows);
    if (!rows.empty()) {  // of the dataset that the manifest belongs to
      const std::string whose = rows == old_rows ? "old" : "new", picture = "/images/000299.jpg";
      EXPECT_EQ(read_whole_file(folder / ("set" + picture)), read_whole_file(folder / (whose + picture)));
    }
    const ProgramResult again = run_program({"/bin/sh", "-c", command});
    EXPECT_EQ(again.code, 0) << again.err;
    expect_mine();
    EXPECT_EQ(read_whole_file(folder / "set/train.tsv"), new_rows);
    EXPECT_EQ(read_whole_file(folder / "set/images/000399.jpg"), read_whole_file(folder / "new/images/000399.jpg"));
    EXPECT_FALSE(fs::exists(folder / "set/.partial"));
  }
}

TEST(Tagdata, AWorkerWithoutMemoryIsOneSentence) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "AddressSanitizer needs more address space than any limit gives";
#endif
  TemporaryFolder folder;
  fs::create_directory(folder / "big");
  // A PGM of 16000 x 16000 takes 768 MB as RGB; its file may be sparse.
  write_whole_file(folder / "big/a.pgm", "P5\n16000 16000\n255\n");
  fs::resize_file(folder / "big/a.pgm", 19 + 16000 * 16000);
  std::string rows;
  for (int i = 0; i < 8; ++i) rows += "big/a.pgm\tsky\n";
  write_whole_file(folder / "list.tsv", rows);
  const ProgramResult r = run_program(
      {"/bin/sh", "-c", "ulimit -v 700000; exec " + built_program("tagdata") + " inspect --threads 4 " + (folder / "list.tsv")});
  EXPECT_EQ(r.code, 4) << r.err;
  EXPECT_THAT(r.err, StartsWith("tagdata: out of memory"));
  EXPECT_THAT(r.err, HasSubstr("lower --threads\n"));
}

TEST(Tagdata, HelpGivesTheImportanceFormula) {
  const ProgramResult r = tagdata({"scenes", "--help"});
  EXPECT_EQ(r.code, 0);
  EXPECT_THAT(r.out, HasSubstr("importance = w * sqrt(A) * (1 + C) / 2 * (1 + O) / 2"));
  EXPECT_THAT(r.out, HasSubstr("lighthouse"));
}

TEST(Tagdata, InspectCountsPicturesTagsAndSizes) {
  TemporaryFolder folder;
  ASSERT_EQ(make_scenes(folder / "set").code, 0);
  const ProgramResult r = tagdata({"inspect", folder / "set/train.tsv", "--words", folder / "set/words.txt"});
  EXPECT_EQ(r.code, 0) << r.err;
  EXPECT_THAT(r.out, StartsWith("pictures        24\n"));
  EXPECT_THAT(r.out, HasSubstr("most frequent   sky "));
  EXPECT_THAT(r.out, HasSubstr("unknown tags    0\n"));
  EXPECT_THAT(r.out, HasSubstr("sizes           24x24 (24)\n"));
  EXPECT_THAT(r.out, HasSubstr("missing         0\nunreadable      0\n"));
}

TEST(Tagdata, InspectListsMissingAndUnreadablePictures) {
  TemporaryFolder folder;
  ASSERT_EQ(make_scenes(folder / "set").code, 0);
  const std::string picture = read_whole_file(folder / "set/images/000000.jpg");
  write_whole_file(folder / "whole.jpg", picture);
  write_whole_file(folder / "half.jpg", picture.substr(0, picture.size() / 2));
  write_whole_file(folder / "list.tsv", "whole.jpg\tsky,sea,sky\nhalf.jpg\tsky\ngone.jpg\t\nwhole.jpg\tzebra\n");
  write_whole_file(folder / "words.txt", "sky\nsea\nboat\n");
  const ProgramResult r = tagdata({"inspect", folder / "list.tsv", "--words", folder / "words.txt"});
  EXPECT_EQ(r.code, 3);
  EXPECT_EQ(r.err, "");
  EXPECT_THAT(r.out, HasSubstr("missing: list.tsv:3: gone.jpg\n"));
  EXPECT_THAT(r.out, HasSubstr("unreadable: list.tsv:2: "));
  EXPECT_THAT(r.out, HasSubstr("half.jpg"));
  EXPECT_THAT(r.out, HasSubstr("untagged        1\n"));
  EXPECT_THAT(r.out, HasSubstr("repeated tags   1 "));
  EXPECT_THAT(r.out, HasSubstr("repeated rows   1 "));
  EXPECT_THAT(r.out, HasSubstr("unknown tags    1: zebra 1 (25 %)\n"));
  EXPECT_THAT(r.out, HasSubstr("unused words    1: boat\n"));
  EXPECT_EQ(tagdata({"inspect", folder / "list.tsv", "--no-pictures", "--quiet"}).code, 0);
}

TEST(Tagdata, InspectPrintsJson) {
  TemporaryFolder folder;
  ASSERT_EQ(make_scenes(folder / "set").code, 0);
  const ProgramResult r = tagdata({"inspect", folder / "set/val.tsv", "--json"});
  EXPECT_EQ(r.code, 0) << r.err;
  EXPECT_THAT(r.out, StartsWith("{\n  \"pictures\": 3,\n"));
  EXPECT_THAT(r.out, HasSubstr("\"24x24\": 3"));
  EXPECT_THAT(r.out, HasSubstr("\"missing\": []"));
}

TEST(Tagdata, InspectWritesAContactSheet) {
  TemporaryFolder folder;
  ASSERT_EQ(make_scenes(folder / "set").code, 0);
  EXPECT_EQ(tagdata({"inspect", folder / "set/train.tsv", "--quiet", "--sheet", folder / "sheet.png"}).code, 0);
  EXPECT_THAT(read_whole_file(folder / "sheet.png"), StartsWith("\x89PNG"));
  EXPECT_EQ(tagdata({"inspect", folder / "set/train.tsv", "--quiet", "--sheet", folder / "sheet.gif"}).code, 2);
}

TEST(Tagdata, InspectReportsPicturesThatASheetLeavesOut) {
  TemporaryFolder folder;
  ASSERT_EQ(make_scenes(folder / "set").code, 0);
  write_whole_file(folder / "set/images/000000.jpg", "no picture");
  const ProgramResult r = tagdata({"inspect", folder / "set/train.tsv", "--no-pictures", "--sheet", folder / "sheet.png"});
  EXPECT_EQ(r.code, 3);
  EXPECT_THAT(r.err, HasSubstr("left out of " + (folder / "sheet.png") + ": train.tsv:1: "));
  EXPECT_THAT(read_whole_file(folder / "sheet.png"), StartsWith("\x89PNG"));
  const ProgramResult known = tagdata({"inspect", folder / "set/train.tsv", "--sheet", folder / "sheet.png"});
  EXPECT_EQ(known.code, 3);
  EXPECT_EQ(known.err, "") << "the output names it already";
}

TEST(Tagdata, InvalidManifestsExitWith3) {
  TemporaryFolder folder;
  write_whole_file(folder / "list.tsv", "a.jpg sky\n");
  const ProgramResult r = tagdata({"inspect", folder / "list.tsv"});
  EXPECT_EQ(r.code, 3);
  EXPECT_THAT(r.err, HasSubstr("list.tsv:1: "));
  EXPECT_EQ(tagdata({"inspect", folder / "none.tsv"}).code, 3);
}

}  // namespace
}  // namespace tagloom::test

// Names that are not UTF-8, and folders and links that cannot be read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "tests/cli/train_tools.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using test::ProgramResult;
using test::run_program;
using testing::HasSubstr;
using testing::Not;

constexpr char kLatin1[] = "caf\xE9";  // not UTF-8

class Names : public test::TrainTools {};

TEST_F(Names, ARunFolderMayHaveAnyName) {
  const std::string run = path(kLatin1);
  const ProgramResult trained = train(kLatin1, {"--quiet", "--set", "train.epochs=1"});
  ASSERT_EQ(trained.code, 0) << trained.err;
  EXPECT_THAT(test::read_whole_file(run + "/config.toml"), HasSubstr("-o $'" + path("caf") + "\\xE9'"));
  EXPECT_THAT(test::read_whole_file(run + "/report.html"), Not(HasSubstr(kLatin1)));
  const ProgramResult resumed = run_program({"tagtrain", "--quiet", "--resume", run, "--set", "train.epochs=2"});
  EXPECT_EQ(resumed.code, 0) << resumed.err;
  const ProgramResult measured = run_program({"tageval", "--quiet", "--json", run, "--report", path("caf\xE9.html")});
  ASSERT_EQ(measured.code, 0) << measured.err;
  const json object = json::parse(measured.out);
  EXPECT_EQ(object["run"], path("caf\uFFFD"));
  EXPECT_TRUE(object.contains("run_bytes"));
  EXPECT_FALSE(object.contains("data_bytes"));
}

TEST_F(Names, TheSettingsOfARunMustBeUtf8) {
  fs::copy(path("scenes"), path(kLatin1 + std::string("set")), fs::copy_options::recursive);
  const std::string train_tsv = path(kLatin1 + std::string("set/train.tsv"));
  for (const std::string key : {"data.train", "data.cache_dir", "data.vocabulary"}) {
    const ProgramResult set = train("refused", {"--set", key + "=" + train_tsv});
    EXPECT_EQ(set.code, 2) << set.err;
    EXPECT_THAT(set.err, AllOf(HasSubstr(key), HasSubstr("is not UTF-8")));
  }
  const ProgramResult variable = train("refused", {}, {.environment = {{"TAGLOOM_DATA_TRAIN", train_tsv}}});
  EXPECT_EQ(variable.code, 2) << variable.err;
  // A relative path becomes absolute.
  const ProgramResult folder =
      train("refused", {"--set", "data.train=train.tsv"}, {.folder = path(kLatin1 + std::string("set"))});
  EXPECT_EQ(folder.code, 2) << folder.err;
  EXPECT_THAT(folder.err, HasSubstr("data.train = "));
  EXPECT_THAT(folder.err, HasSubstr("not UTF-8"));
  const ProgramResult variable_folder = train("refused", {"--set", "data.train=train.tsv"},
                                              {.environment = {{"TAGLOOM_DATA", path(kLatin1 + std::string("set"))}}});
  EXPECT_EQ(variable_folder.code, 2) << variable_folder.err;
  EXPECT_FALSE(fs::exists(path("refused")));
}

TEST_F(Names, JsonIsValidForAnyPath) {
  fs::create_directory(path("odd"));
  fs::copy(path("scenes/images/000000.jpg"), path("odd/caf\xE9.jpg"));
  fs::copy(path("scenes/images/000000.jpg"), path("odd/Pf\u00FCtze.jpg"));
  const ProgramResult lines = run_program({"tagpredict", finished(), path("odd"), "--format", "jsonl", "--quiet"});
  ASSERT_EQ(lines.code, 0) << lines.err;
  std::istringstream text(lines.out);
  std::string line;
  ASSERT_TRUE(std::getline(text, line));
  const json valid = json::parse(line);
  EXPECT_EQ(valid["path"], path("odd/Pf\u00FCtze.jpg"));
  EXPECT_FALSE(valid.contains("path_bytes"));
  ASSERT_TRUE(std::getline(text, line));
  const json replaced = json::parse(line);
  EXPECT_EQ(replaced["path"], path("odd/caf\uFFFD.jpg"));
  const ProgramResult decoded = run_program({"/usr/bin/base64", "-d"}, {.input = replaced["path_bytes"].get<std::string>()});
  EXPECT_EQ(decoded.out, path("odd/caf\xE9.jpg"));

  fs::create_directory(path("data\xFF"));
  test::write_whole_file(path("data\xFF/list.tsv"), "gone.jpg\tsky\n" + path("scenes/images/000001.jpg") + "\tsky\n");
  const ProgramResult measured = run_program({"tageval", finished(), "--quiet", "--json", "--data", path("data\xFF/list.tsv")});
  ASSERT_EQ(measured.code, 0) << measured.err;
  EXPECT_TRUE(json::parse(measured.out).contains("data_bytes"));
  const ProgramResult inspected = run_program({"tagdata", "inspect", "--json", path("data\xFF/list.tsv")});
  EXPECT_EQ(inspected.code, 3);
  EXPECT_TRUE(json::accept(inspected.out)) << inspected.out;
}

TEST_F(Names, AFolderNamesWhatItCannotRead) {
  fs::create_directories(path("photos/locked"));
  fs::copy(path("scenes/images/000000.jpg"), path("photos/a.jpg"));
  fs::create_symlink("loop", path("photos/loop"));
  fs::create_symlink("nowhere", path("photos/gone.jpg"));
  fs::create_symlink("nowhere", path("photos/notes.txt"));
  fs::create_symlink(".", path("photos/again"));
  ProgramResult result = run_program({"tagpredict", finished(), path("photos"), "--quiet"});
  EXPECT_EQ(result.code, 3);
  EXPECT_THAT(result.out, HasSubstr("photos/a.jpg\t"));
  EXPECT_THAT(result.err, HasSubstr("skipped " + path("photos/loop") + ": cannot be read: Too many levels of symbolic links\n"));
  EXPECT_THAT(result.err, HasSubstr("skipped " + path("photos/gone.jpg") + ": cannot be read: No such file or directory\n"));
  EXPECT_THAT(result.err, Not(HasSubstr("notes.txt")));
  EXPECT_EQ(std::count(result.out.begin(), result.out.end(), '\n'), 1) << result.out;
  result = run_program({"tagpredict", finished(), path("photos/loop"), "--quiet"});
  EXPECT_EQ(result.code, 3);
  EXPECT_THAT(result.err, HasSubstr("photos/loop: cannot be read: Too many levels of symbolic links"));

  fs::remove(path("photos/loop"));
  fs::remove(path("photos/gone.jpg"));
  fs::permissions(path("photos/locked"), fs::perms::none);
  std::vector<std::string> words{test::built_program("tagpredict"), finished(), path("photos"), "--quiet"};
  if (getuid() == 0) {  // root may read everything
    if (!fs::exists("/usr/bin/setpriv")) GTEST_SKIP() << "needs another user than root";
    fs::permissions(path(""), fs::perms::others_read | fs::perms::others_exec, fs::perm_options::add);
    words.insert(words.begin(), {"/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"});
  }
  result = run_program(words);
  fs::permissions(path("photos/locked"), fs::perms::owner_all);
  EXPECT_EQ(result.code, 3) << result.err;
  EXPECT_THAT(result.err, HasSubstr("skipped " + path("photos/locked") + ": cannot be read: Permission denied\n"));
  EXPECT_THAT(result.out, HasSubstr("photos/a.jpg\t"));
}

}  // namespace
}  // namespace tagloom

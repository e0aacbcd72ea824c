// Tests tagpredict on realistic folders: what it reads, what it reports and how much memory it needs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>

#include "kernels/base/format.h"
#include "tests/cli/train_tools.h"

namespace tagloom::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

class LibraryFolder : public TrainTools {
 protected:
  void SetUp() override {
    fs::create_directory(path("photos"));
    add("a.jpg");
  }
  void TearDown() override { fs::remove_all(path("photos")); }
  static void add(const std::string& name, int picture = 0) {
    fs::create_directories(fs::path(path("photos/" + name)).parent_path());
    fs::copy(path(picture == 0 ? "scenes/images/000000.jpg" : "scenes/images/000001.jpg"), path("photos/" + name));
  }
  static ProgramResult predict(const std::vector<std::string>& more = {}) {
    std::vector<std::string> words{"tagpredict", finished(), path("photos"), "--quiet"};
    words.insert(words.end(), more.begin(), more.end());
    return run_program(words);
  }
};

// Runs tagpredict on a folder. Returns its peak resident memory in bytes, and sets `lines` to the number of printed lines.
int64_t peak_bytes(const std::string& run, const std::string& folder, int64_t& lines) {
  const std::string script =
      "import os, subprocess, sys\n"
      "process = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE)\n"
      "lines = sum(1 for _ in process.stdout)\n"
      "_, status, used = os.wait4(process.pid, 0)\n"
      "print(status, lines, used.ru_maxrss)";
  const ProgramResult result = run_program({"/usr/bin/python3", "-c", script, built_program("tagpredict"), "-q", run, folder});
  int64_t status = -1, kilobytes = 0;
  std::istringstream(result.out) >> status >> lines >> kilobytes;
  EXPECT_EQ(status, 0) << result.err;
  return kilobytes * 1024;
}

int64_t lines_of(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

TEST_F(LibraryFolder, IgnoresTheFilesOfMacOs) {
  write_whole_file(path("photos/._a.jpg"), std::string("\0\5\x16\7", 4) + std::string(4092, '\0'));
  write_whole_file(path("photos/.DS_Store"), "x");
  const ProgramResult result = predict();
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(lines_of(result.out), 1);
}

TEST_F(LibraryFolder, CountsUnreadKindsInOneLine) {
  for (const char* name : {"b.psd", "c.mov", "d.mov", "a.jpg.xmp", "a.txt", "Thumbs.db"})
    write_whole_file(path("photos/") + name, "x");
  const ProgramResult result = predict();
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.err, "not read: 2 video, 1 Photoshop\n");
  EXPECT_EQ(lines_of(result.out), 1);
}

TEST_F(LibraryFolder, TagsTheOthersWhenOneCannotBeRead) {
  add("b.jpg");
  fs::create_symlink("loop", path("photos/loop"));
  fs::create_directory(path("photos/empty"));
  const ProgramResult result = predict();
  EXPECT_EQ(result.code, 3);
  EXPECT_EQ(result.err, "skipped " + path("photos/loop") + ": cannot be read: Too many levels of symbolic links\n");
  EXPECT_EQ(lines_of(result.out), 2);
}

TEST_F(LibraryFolder, AnEmptyFolderIsReportedAndTheOthersAreTagged) {
  fs::create_directory(path("empty"));
  const ProgramResult result = run_program({"tagpredict", finished(), path("empty"), path("photos"), "-q"});
  EXPECT_EQ(result.code, 3);
  EXPECT_THAT(result.err, HasSubstr("skipped " + path("empty") + ": this folder has no pictures (.jpg "));
  EXPECT_EQ(lines_of(result.out), 1);
  fs::remove(path("empty"));
}

TEST_F(LibraryFolder, GivesEachPictureTheSameTagsAsAlone) {
  for (int i = 0; i < 30; ++i) add(format("sub{}/{}.jpg", i % 4, i), i % 2);
  const ProgramResult all = predict({"--top-k", "1"});
  ASSERT_EQ(all.code, 0) << all.err;
  EXPECT_EQ(lines_of(all.out), 31);
  std::istringstream lines(all.out);
  std::string before;
  for (std::string line; std::getline(lines, line); before = line) {
    const std::string picture = line.substr(0, line.find('\t'));
    EXPECT_LT(before, line);
    const bool odd = fs::file_size(picture) == fs::file_size(path("scenes/images/000001.jpg"));
    const ProgramResult alone = run_program(
        {"tagpredict", finished(), "-q", "--top-k", "1", path(odd ? "scenes/images/000001.jpg" : "scenes/images/000000.jpg")});
    EXPECT_EQ(line.substr(line.find('\t')) + "\n", alone.out.substr(alone.out.find('\t'))) << picture;
  }
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_F(LibraryFolder, TwentyThousandPicturesNeedNoMoreMemoryThanAFew) {
  if (!fs::exists("/usr/bin/python3")) GTEST_SKIP() << "needs python3";
  for (int i = 0; i < 300; ++i) add(format("small/{}.jpg", i));
  int64_t lines = 0;
  const int64_t few = peak_bytes(finished(), path("photos/small"), lines);
  fs::create_directories(path("photos/large/nested"));
  const std::string name = "a-name-as-long-as-those-that-cameras-and-people-give-their-pictures-";
  for (int i = 0; i < 20000; ++i) {
    const std::string folder = path(i % 2 == 0 ? "photos/large" : format("photos/large/nested/{}", i % 100));
    fs::create_directories(folder);
    fs::create_hard_link(path("photos/a.jpg"), folder + "/" + name + std::to_string(i) + ".jpg");
  }
  const int64_t many = peak_bytes(finished(), path("photos/large"), lines);
  EXPECT_EQ(lines, 20000);
  EXPECT_LT(many, few + (int64_t{6} << 20));  // the names in one folder take 1 MB of it; all paths would take 4 MB more
}
#endif

}  // namespace
}  // namespace tagloom::test

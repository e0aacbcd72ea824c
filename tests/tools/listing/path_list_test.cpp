// Reads lists of paths in pieces of any size.
#include "tools/listing/path_list.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <random>
#include <vector>

#include "tests/support/temporary_folder.h"

namespace tagloom::test {
namespace {

std::string random_path(std::mt19937& random, char separator) {
  std::string path;
  for (uint32_t length = random() % 60 + 1; length > 0; --length) {
    const char c = static_cast<char>(random() % 255 + 1);
    path += c == separator || c == '\r' || c == '\n' ? 'x' : c;
  }
  return "/tmp/none/" + path;
}

std::vector<std::string> all_of(PathList& list) {
  std::vector<std::string> paths;
  std::string path;
  for (Next next; (next = list.next(path, -1)) != Next::kEnd;) {
    if (next == Next::kPicture) paths.push_back(path);
  }
  return paths;
}

TEST(PathLists, KeepEveryPath) {
  std::mt19937 random(5);
  TemporaryFolder folder;
  for (const char separator : {'\n', '\0'}) {
    std::vector<std::string> expected;
    std::string text;
    for (int i = 0; i < 10000; ++i) {  // some 400 KB
      expected.push_back(random_path(random, separator));
      text += expected.back();
      if (separator == '\n' && i % 3 == 0) text += '\r';
      text += i == 9999 && separator == '\n' ? "" : std::string(1 + (i % 7 == 0), separator);
    }
    write_whole_file(folder / "list", text);
    PathList list(folder / "list", separator);
    EXPECT_EQ(all_of(list), expected);
    EXPECT_EQ(list.paths(), 10000);
  }
}

TEST(PathLists, WaitForASlowWriter) {
  TemporaryFolder folder;
  ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);
  PathList list(folder / "pipe", '\n');
  std::string path;
  EXPECT_EQ(list.next(path, 0), Next::kNothingYet);
  std::ofstream writer(folder / "pipe");
  writer << "/tmp/none/a" << std::flush;
  EXPECT_EQ(list.next(path, 20), Next::kNothingYet);
  writer << ".jpg\n/tmp\n" << std::flush;
  EXPECT_EQ(list.next(path, -1), Next::kPicture);
  EXPECT_EQ(path, "/tmp/none/a.jpg");
  EXPECT_EQ(list.next(path, -1), Next::kSkipped);  // a folder
  EXPECT_EQ(list.next(path, 0), Next::kNothingYet);
  writer << "/tmp/none/b.jpg" << std::flush;
  writer.close();
  EXPECT_EQ(list.next(path, -1), Next::kPicture);
  EXPECT_EQ(path, "/tmp/none/b.jpg");
  EXPECT_EQ(list.next(path, -1), Next::kEnd);
  EXPECT_EQ(list.folders(), 1);
}

}  // namespace
}  // namespace tagloom::test

// Lists pictures in folders: their order, ignored files, and folders that cannot be read.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <random>

#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"
#include "tools/listing/file_kinds.h"
#include "tools/listing/input_pictures.h"

namespace tagloom::test {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class FolderWalks : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return folder_ / name; }
  void make(const std::string& name) const {
    fs::create_directories(fs::path(path(name)).parent_path());
    write_whole_file(path(name), "x");
  }
  // Paths below the temporary folder.
  std::vector<std::string> listed(const std::vector<std::string>& inputs) {
    problems_.clear();
    std::vector<std::string> full;
    for (const std::string& input : inputs) full.push_back(path(input));
    NamedInputs named(full);
    const ListingEvents events{.problem = [this](const std::string& sentence) { problems_.push_back(sentence); },
                               .other_file = [this](std::string_view name) { kinds_.count(name); },
                               .entered = {}};
    InputPictures pictures(named, events);
    std::vector<std::string> found;
    for (std::string one; pictures.next(one, 0) == Next::kPicture;) found.push_back(one.substr(folder_.path().size() + 1));
    return found;
  }

  TemporaryFolder folder_;
  std::vector<std::string> problems_;
  UnreadKinds kinds_;
};

TEST_F(FolderWalks, SortByWholePaths) {
  std::mt19937 random(1);
  const std::vector<std::string> pieces = {"a", "b", "B", "a-", "a.", "\xE9", "z", "a ", "0"};
  for (int i = 0; i < 300; ++i) {
    std::string name = "photos";
    for (uint32_t depth = random() % 4 + 1; depth > 0; --depth) {
      name += '/';
      for (uint32_t length = random() % 3 + 1; length > 0; --length) name += pieces[random() % pieces.size()];
    }
    make(name + (random() % 2 == 0 ? "/x.jpg" : ".PNG"));
  }
  std::vector<std::string> expected;
  for (const auto& entry : fs::recursive_directory_iterator(path("photos"))) {
    if (entry.is_regular_file()) expected.push_back(entry.path().string().substr(folder_.path().size() + 1));
  }
  std::sort(expected.begin(), expected.end());
  EXPECT_GT(expected.size(), 200u);
  EXPECT_EQ(listed({"photos"}), expected);
  EXPECT_THAT(problems_, IsEmpty());
}

TEST_F(FolderWalks, OverlappingInputsListEachPictureOnce) {
  for (const char* name : {"photos/a.jpg", "photos/sub/b.jpg", "photos/sub/deep/c.jpg", "photos/z.jpg"}) make(name);
  fs::create_symlink("photos", path("link"));
  fs::create_hard_link(path("photos/a.jpg"), path("photos/same.jpg"));  // a hard link is a separate picture
  const auto all = ElementsAre("photos/a.jpg", "photos/same.jpg", "photos/sub/b.jpg", "photos/sub/deep/c.jpg", "photos/z.jpg");
  EXPECT_THAT(listed({"photos"}), all);
  EXPECT_THAT(listed({"photos", "photos/", "photos/sub/../", "link", "photos/sub", "photos/sub/b.jpg", "link/z.jpg"}), all);
  EXPECT_THAT(listed({"photos/sub", "photos"}),
              ElementsAre("photos/sub/b.jpg", "photos/sub/deep/c.jpg", "photos/a.jpg", "photos/same.jpg", "photos/z.jpg"));
  EXPECT_THAT(listed({"photos/z.jpg", "photos/sub/deep", "photos/sub/./deep/c.jpg", "photos"}),
              ElementsAre("photos/z.jpg", "photos/sub/deep/c.jpg", "photos/a.jpg", "photos/same.jpg", "photos/sub/b.jpg"));
  EXPECT_THAT(listed({"link/a.jpg", "photos/a.jpg", "photos/same.jpg"}), ElementsAre("link/a.jpg", "photos/same.jpg"));
  EXPECT_THAT(problems_, IsEmpty());
}

TEST_F(FolderWalks, IgnoreHiddenFilesAndSystemFolders) {
  for (const char* name : {"photos/a.jpg", "photos/._a.jpg", "photos/.hidden.jpg", "photos/.trash/b.jpg", "photos/@eaDir/c.jpg",
                           "photos/#recycle/d.jpg", "photos/__MACOSX/e.jpg", "photos/.DS_Store", "photos/Thumbs.db"}) {
    make(name);
  }
  EXPECT_THAT(listed({"photos"}), ElementsAre("photos/a.jpg"));
  EXPECT_THAT(problems_, IsEmpty());
  EXPECT_EQ(kinds_.sentence(), "");
  EXPECT_THAT(listed({"photos/.trash", "photos/.hidden.jpg"}), ElementsAre("photos/.trash/b.jpg", "photos/.hidden.jpg"));
}

TEST_F(FolderWalks, CountUnreadKinds) {
  for (const char* name :
       {"p/a.jpg", "p/b.PSD", "p/c.mov", "p/d.MP4", "p/sub/e.mov", "p/a.jpg.xmp", "p/a.txt", "p/notes", "p/mov"}) {
    make(name);
  }
  EXPECT_THAT(listed({"p"}), ElementsAre("p/a.jpg"));
  EXPECT_EQ(kinds_.sentence(), "not read: 3 video, 1 Photoshop");
}

TEST_F(FolderWalks, ReportBrokenLinksAndContinue) {
  make("photos/b.jpg");
  make("elsewhere/c.jpg");
  fs::create_symlink("loop", path("photos/loop"));
  fs::create_symlink("nowhere", path("photos/gone.jpg"));
  fs::create_symlink("nowhere", path("photos/notes.txt"));
  fs::create_symlink(".", path("photos/again"));
  fs::create_symlink(path("elsewhere"), path("photos/folder"));
  fs::create_symlink(path("elsewhere/c.jpg"), path("photos/link.jpg"));
  EXPECT_THAT(listed({"photos"}), ElementsAre("photos/b.jpg", "photos/link.jpg"));
  EXPECT_THAT(problems_, testing::UnorderedElementsAre(HasSubstr("loop: cannot be read: Too many levels of symbolic links"),
                                                       HasSubstr("gone.jpg: cannot be read: No such file or directory")));
  EXPECT_THAT(listed({"photos/folder"}), ElementsAre("photos/folder/c.jpg"));
}

TEST_F(FolderWalks, IgnorePipesAndSocketsNamedLikePictures) {
  make("photos/a.jpg");
  ASSERT_EQ(mkfifo(path("photos/pipe.jpg").c_str(), 0600), 0);
  const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path("photos/socket.jpg").copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_THAT(listed({"photos"}), ElementsAre("photos/a.jpg"));
  EXPECT_THAT(problems_, IsEmpty());
  close(socket);
}

TEST_F(FolderWalks, KeepNoFolderOpenAndReportLongPaths) {
  make("photos/z.jpg");
  const std::string level(100, 'd');
  int folder = open(path("photos").c_str(), O_RDONLY | O_DIRECTORY);
  for (int depth = 0; depth < 60; ++depth) {  // 6,000 bytes
    ASSERT_EQ(mkdirat(folder, level.c_str(), 0700), 0);
    const int inner = openat(folder, level.c_str(), O_RDONLY | O_DIRECTORY);
    close(folder);
    folder = inner;
    close(openat(folder, "a.jpg", O_WRONLY | O_CREAT, 0600));
  }
  close(folder);
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  const rlimit few{static_cast<rlim_t>(open("/dev/null", O_RDONLY)) + 2, before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &few);
  const std::vector<std::string> found = listed({"photos"});
  setrlimit(RLIMIT_NOFILE, &before);
  close(static_cast<int>(few.rlim_cur) - 2);
  EXPECT_GE(found.size(), 40u - 1);
  EXPECT_EQ(found.back(), "photos/z.jpg");
  EXPECT_THAT(problems_, ElementsAre(HasSubstr("its path has more than 4095 bytes")));
  ASSERT_EQ(std::system(("rm -rf " + path("photos")).c_str()), 0);
}

TEST_F(FolderWalks, ReportFoldersWithoutPictures) {
  fs::create_directory(path("empty"));
  make("other/notes.txt");
  make("photos/a.jpg");
  EXPECT_THAT(listed({"empty", "photos", "other"}), ElementsAre("photos/a.jpg"));
  EXPECT_THAT(problems_, ElementsAre(HasSubstr("empty: this folder has no pictures (.jpg "), HasSubstr("other: this folder")));
  EXPECT_ERROR(kData, "gone: there is no such file or folder", listed({"photos", "gone"}));
}

}  // namespace
}  // namespace tagloom::test

// Tests which pictures a watched folder returns, where the order of events decides.
#include "tools/listing/folder_watch.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "tests/support/temporary_folder.h"
#include "tools/predict/found_pictures.h"

namespace tagloom::test {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;
using Names = std::vector<std::string>;

class FolderWatchTest : public testing::Test {
 protected:
  void SetUp() override { fs::create_directory(root()); }
  std::string root() const { return folder_ / "photos"; }
  std::string path(const std::string& name) const { return root() + "/" + name; }

  // The names of the pictures that arrive, until none does.
  Names arrived(PictureStream& stream) const {
    Names names;
    std::string picture;
    for (Next next; (next = stream.next(picture, 0)) != Next::kNothingYet && next != Next::kEnd;) {
      if (next == Next::kPicture) names.push_back(fs::path(picture).lexically_relative(root()).string());
    }
    return names;
  }
  FolderWatch& start() {
    events_.problem = [this](const std::string& sentence) { problems_.push_back(sentence); };
    events_.unwatched = [this](const std::string& sentence) { unwatched_.push_back(sentence); };
    return watch_.emplace(named_.emplace(std::vector<std::string>{root()}), events_);
  }
  // A file without a name in the folder; -1 if the file system does not support that.
  int unnamed_file() const { return open(root().c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600); }
  void give_name(int file, const std::string& name) const {
    const std::string link = "/proc/self/fd/" + std::to_string(file);
    ASSERT_EQ(linkat(AT_FDCWD, link.c_str(), AT_FDCWD, path(name).c_str(), AT_SYMLINK_FOLLOW), 0);
  }

  TemporaryFolder folder_;
  Names problems_, unwatched_;
  std::optional<NamedInputs> named_;
  ListingEvents events_;
  std::optional<FolderWatch> watch_;
};

TEST_F(FolderWatchTest, ReturnsFilesThatGetTheirNameWhenTheyAreComplete) {
  FolderWatch& watch = start();
  EXPECT_THAT(arrived(watch), IsEmpty());
  const int closed = unnamed_file(), still_open = unnamed_file();
  if (closed < 0) GTEST_SKIP() << "this file system does not support O_TMPFILE";
  ASSERT_EQ(write(closed, "one", 3), 3);
  give_name(closed, "closed.jpg");
  close(closed);
  EXPECT_THAT(arrived(watch), ElementsAre("closed.jpg"));
  ASSERT_EQ(write(still_open, "two", 3), 3);
  give_name(still_open, "open.jpg");
  EXPECT_THAT(arrived(watch), IsEmpty());
  ASSERT_EQ(write(still_open, "three", 5), 5);
  close(still_open);
  EXPECT_THAT(arrived(watch), ElementsAre("open.jpg"));
}

TEST_F(FolderWatchTest, ReturnsWrittenFilesOnce) {
  FolderWatch& watch = start();
  EXPECT_THAT(arrived(watch), IsEmpty());
  {
    std::ofstream slow(path("slow.jpg"));
    EXPECT_THAT(arrived(watch), IsEmpty());
    slow << "half" << std::flush;
    EXPECT_THAT(arrived(watch), IsEmpty());
    fs::create_directory(path("new"));  // its listing finds half a file
    fs::create_hard_link(path("slow.jpg"), path("new/linked.jpg"));
    EXPECT_THAT(arrived(watch), IsEmpty());
  }
  EXPECT_THAT(arrived(watch), testing::UnorderedElementsAre("slow.jpg", "new/linked.jpg"));
  write_whole_file(path("fast.jpg"), "whole");
  EXPECT_THAT(arrived(watch), ElementsAre("fast.jpg"));
}

TEST_F(FolderWatchTest, IgnoresFoldersThatComeAndGo) {
  FolderWatch& watch = start();
  EXPECT_THAT(arrived(watch), IsEmpty());
  for (int i = 0; i < 3; ++i) {
    fs::create_directory(path("folder"));
    fs::remove(path("folder"));
  }
  fs::create_directory(path("replaced"));
  fs::remove(path("replaced"));
  write_whole_file(path("replaced"), "");
  EXPECT_THAT(arrived(watch), IsEmpty());
  fs::remove_all(root());
  std::string picture;
  EXPECT_EQ(watch.next(picture, 0), Next::kEnd);
  EXPECT_THAT(problems_, IsEmpty());
  EXPECT_THAT(unwatched_, ElementsAre(root() + ": was moved or removed: it is no longer watched"));
}

// More events than the kernel keeps.
TEST_F(FolderWatchTest, ListsTheFoldersAgainWhenEventsAreLost) {
  int most = 0;
  std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> most;
  if (most <= 0 || most > 100000) GTEST_SKIP() << "fs.inotify.max_queued_events is " << most << ", not 1 to 100000";
  write_whole_file(path("first.jpg"), "first");
  FolderWatch& watch = start();
  EXPECT_THAT(arrived(watch), ElementsAre("first.jpg"));
  const auto fill_queue = [&] {
    for (int i = 0; i <= most / 2; ++i) {  // the kernel joins equal events that follow each other
      for (const char* name : {"a.txt", "b.txt"}) close(open(path(name).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    }
  };
  fill_queue();
  fs::create_directory(path("lost"));
  write_whole_file(path("lost/lost.jpg"), "lost");
  EXPECT_THAT(arrived(watch), ElementsAre("lost/lost.jpg"));
  write_whole_file(path("lost/later.jpg"), "later");
  EXPECT_THAT(arrived(watch), ElementsAre("lost/later.jpg"));
  fill_queue();
  fs::remove_all(root());
  EXPECT_THAT(arrived(watch), IsEmpty());
  std::string picture;
  EXPECT_EQ(watch.next(picture, 0), Next::kEnd);
  EXPECT_THAT(unwatched_, ElementsAre(root() + ": was moved or removed: it is no longer watched"));
  EXPECT_THAT(problems_, IsEmpty());
}

// tagpredict asks returned() before it writes keywords to a picture, and calls mark_seen() after that.
TEST_F(FolderWatchTest, ReturnsChangesMadeWhileAPictureIsBeingTagged) {
  write_whole_file(path("a.jpg"), "a");
  PredictOptions options;
  options.inputs = {root()};
  options.watch = true;
  FoundPictures pictures(options, [](const std::string& problem) { FAIL() << problem; }, {});
  EXPECT_THAT(arrived(pictures), ElementsAre("a.jpg"));
  EXPECT_TRUE(pictures.returned(path("a.jpg")));
  write_whole_file(path("a.jpg"), "a with keywords");
  pictures.mark_seen(path("a.jpg"));
  EXPECT_THAT(arrived(pictures), IsEmpty());
  write_whole_file(path("a.jpg"), "another program's picture");
  EXPECT_FALSE(pictures.returned(path("a.jpg")));
  EXPECT_THAT(arrived(pictures), ElementsAre("a.jpg"));
  EXPECT_TRUE(pictures.returned(path("a.jpg")));
}

}  // namespace
}  // namespace tagloom::test

// Tests captions: what is added, and which files are left unchanged.
#include "tools/predict/writers/caption.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "tests/support/temporary_folder.h"
#include "tools/predict/writers/caption_writer.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;

TEST(Caption, StartsWithThePrefix) {
  EXPECT_EQ(add_to_caption("", "", {"road", "blue sky"}), "road, blue sky\n");
  EXPECT_EQ(add_to_caption("", " sks dog, photo, ", {"road", "Photo"}), "sks dog, photo, road\n");
  EXPECT_EQ(add_to_caption("", "sks", {}), "sks\n");
  EXPECT_EQ(add_to_caption("", "", {}), "");
  EXPECT_EQ(add_to_caption("a cat\n", "sks", {"cat"}), "sks, a cat, cat\n");
}

// The prefix is one or more tags: "man" is not in "manhattan", and not in "man made".
TEST(Caption, APrefixIsPresentOnlyAsWholeTags) {
  EXPECT_EQ(add_to_caption("manhattan, skyline", "man", {"man", "sea"}), "man, manhattan, skyline, sea");
  for (const std::string prefix : {"man", "man,", "man, ", " man ,"}) {
    EXPECT_EQ(add_to_caption("manhattan", prefix, {}), "man, manhattan") << prefix;
    EXPECT_EQ(add_to_caption("man made, sky", prefix, {}), "man, man made, sky") << prefix;
    EXPECT_EQ(add_to_caption("man_made", prefix, {"man"}), "man, man_made") << prefix;
    for (const std::string caption : {"man", "man\n", "man,sky", " man , sky", "man,", "sky, Man"})
      EXPECT_EQ(add_to_caption(caption, prefix, {"man"}), caption) << prefix;
  }
  EXPECT_EQ(add_to_caption("sks dog, artwork", "sks dog, art", {}), "sks dog, art, sks dog, artwork");
  EXPECT_EQ(add_to_caption("\xEF\xBB\xBFmanhattan", "man", {}), "\xEF\xBB\xBFman, manhattan");
}

TEST(Caption, APrefixThatEndsInABlankIsFollowedByOne) {
  const std::string once = add_to_caption("", "a photo of ", {"road", "sky"});
  EXPECT_EQ(once, "a photo of road, sky\n");
  EXPECT_EQ(add_to_caption(once, "a photo of ", {"road", "sky"}), once);
  EXPECT_EQ(add_to_caption("a photo of a cat", "a photo of ", {"cat"}), "a photo of a cat, cat");
  EXPECT_EQ(add_to_caption("a cat\n", "a photo of\t", {}), "a photo of a cat\n");
  EXPECT_EQ(add_to_caption("a photo offline", "a photo of ", {}), "a photo of a photo offline");
  EXPECT_EQ(add_to_caption("a photo of", "a photo of ", {}), "a photo of");
  EXPECT_EQ(add_to_caption("", "man ", {"man"}), "man man\n");
  EXPECT_EQ(add_to_caption("", "art, a photo of ", {"art", "sea"}), "art, a photo of sea\n");
}

TEST(Caption, KeepsExistingText) {
  EXPECT_EQ(add_to_caption("A photo of a road, at night.", "", {"road", "night"}), "A photo of a road, at night., road, night");
  EXPECT_EQ(add_to_caption("\xEF\xBB\xBF"
                           "sea,\r\nsecond line\r\n",
                           "", {"sky"}),
            "\xEF\xBB\xBFsea, sky\r\nsecond line\r\n");
  EXPECT_EQ(add_to_caption("\n", "", {"sky"}), "sky\n");
}

TEST(Caption, AddsNoTagTwice) {
  const std::vector<std::string> spellings = {"Blue_Sky", "blue  sky", "blue sky", "saber \\(fate\\)", "Saber_(Fate)"};
  for (const std::string caption : {"sks,blue_sky ,  saber (fate)\n", "sks, blue sky, saber_\\(fate\\)"}) {
    EXPECT_EQ(add_to_caption(caption, "", spellings), caption);
    EXPECT_EQ(add_to_caption(caption, "sks", spellings), caption);
    EXPECT_EQ(add_to_caption(caption, "blue sky", spellings), caption);  // already present, not at the start
  }
  EXPECT_EQ(add_to_caption("", "", spellings), "Blue_Sky, saber \\(fate\\)\n");
  const std::string once = add_to_caption("x", "sks dog, art", {"a", "b, c\nd"});
  EXPECT_EQ(once, "sks dog, art, x, a, b  c d");
  EXPECT_EQ(add_to_caption(once, "sks dog, art", {"a", "b, c\nd"}), once);
}

class CaptionWriterTest : public testing::Test {
 protected:
  std::string write(const std::string& picture, const std::vector<std::string>& tags) {
    TaggedPicture tagged{folder_ / picture, {}};
    for (const std::string& tag : tags) tagged.tags.push_back({tag, 0.5f});
    return writer_->write(tagged);
  }
  std::string text(const std::string& name) { return test::read_whole_file(folder_ / name); }

  test::TemporaryFolder folder_;
  std::unique_ptr<TagWriter> writer_ = make_caption_writer({});
};

TEST_F(CaptionWriterTest, NamesCaptionsAfterTheStem) {
  EXPECT_EQ(write("a.b.jpg", {"sky"}), "");
  EXPECT_EQ(text("a.b.txt"), "sky\n");
  EXPECT_EQ(write("none.jpg", {}), "");
  EXPECT_EQ(folder_.file_count(), 1);
}

TEST_F(CaptionWriterTest, WritesOnlyLeavesOfHierarchies) {
  TaggedPicture picture{folder_ / "a.jpg", {{"Dog", 1, {"Animals"}}, {"Dog", 1}, {"sea", 1}}};
  EXPECT_EQ(writer_->write(picture), "");
  EXPECT_EQ(text("a.txt"), "Dog, sea\n");
}

TEST_F(CaptionWriterTest, DoesNotRewriteUnchangedCaptions) {
  test::write_whole_file(folder_ / "a.txt", "sky");
  fs::permissions(folder_ / "a.txt", fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read);
  struct stat before {
  }, after{};
  ASSERT_EQ(stat((folder_ / "a.txt").c_str(), &before), 0);
  EXPECT_EQ(write("a.jpg", {"Sky"}), "");
  ASSERT_EQ(stat((folder_ / "a.txt").c_str(), &after), 0);
  EXPECT_EQ(before.st_ino, after.st_ino);
  EXPECT_EQ(write("a.jpg", {"sea"}), "");
  EXPECT_EQ(text("a.txt"), "sky, sea");
  ASSERT_EQ(stat((folder_ / "a.txt").c_str(), &after), 0);
  EXPECT_NE(before.st_ino, after.st_ino);
  EXPECT_EQ(before.st_mode, after.st_mode);
}

TEST_F(CaptionWriterTest, OverwritesOnRequest) {
  test::write_whole_file(folder_ / "a.txt", "old\nlines\n");
  writer_ = make_caption_writer({.caption_prefix = "sks", .overwrite_captions = true});
  EXPECT_EQ(write("a.jpg", {"sky"}), "");
  EXPECT_EQ(text("a.txt"), "sks, sky\n");
}

TEST_F(CaptionWriterTest, RefusesFilesThatAreNotCaptions) {
  fs::create_directory(folder_ / "folder.txt");
  test::write_whole_file(folder_ / "latin.txt", "caf\xE9");
  test::write_whole_file(folder_ / "locked.txt", "mine");
  fs::permissions(folder_ / "locked.txt", fs::perms::owner_read);
  EXPECT_EQ(write("folder.jpg", {"sky"}), folder_ / "folder.txt: is a folder, not a caption");
  EXPECT_EQ(write("latin.jpg", {"sky"}),
            folder_ / "latin.txt: byte 4 is not UTF-8, and the caption was left unchanged: save it as UTF-8");
  EXPECT_EQ(write("locked.jpg", {"sky"}),
            folder_ / "locked.txt: the caption is read-only and was left unchanged: make it writable, or move it");
  const std::string longest(300, 'a');
  EXPECT_EQ(write(longest + ".jpg", {"sky"}), folder_ / (longest + ".txt") + ": cannot be read: File name too long");
  EXPECT_EQ(text("latin.txt"), "caf\xE9");
  EXPECT_EQ(text("locked.txt"), "mine");
  EXPECT_EQ(folder_.file_count(), 3);
}

TEST_F(CaptionWriterTest, TwoPicturesDoNotShareACaption) {
  EXPECT_EQ(write("a.jpg", {"sky"}), "");
  EXPECT_EQ(write("./a.png", {"sea"}), folder_ / "./a.png: its caption " + (folder_ / "./a.txt") +
                                           " has already been written for another picture of that name: rename one of them");
  EXPECT_EQ(write("./a.jpg", {"sea"}), "");  // the same picture again
  EXPECT_EQ(text("a.txt"), "sky, sea\n");
}

}  // namespace
}  // namespace tagloom

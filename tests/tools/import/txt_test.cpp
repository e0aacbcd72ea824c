// Imports the text files of pictures, as programs that train on captions and downloaders of image boards write them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/run_program.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/thrown_message.h"
#include "tests/tools/import/imported.h"
#include "tools/import/caption_tags.h"
#include "tools/import/formats.h"
#include "tools/tag_rules/tag_style.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;
using test::data_error;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> comma(std::string_view text, CaptionRules rules = {}) { return caption_tags(text, rules, "a.txt").tags; }
std::vector<std::string> booru(std::string_view text, CaptionRules rules = {}) {
  rules.style = CaptionStyle::kBooru;
  return caption_tags(text, rules, "a.txt").tags;
}

TEST(CaptionTags, SplitsAtCommas) {
  EXPECT_THAT(comma("1girl, saber \\(fate\\),long_hair ,, blue eyes,\r\nsmile\n"),
              ElementsAre("1girl", "saber (fate)", "long hair", "blue eyes", "smile"));
  EXPECT_THAT(comma("\xEF\xBB\xBFsky"), ElementsAre("sky"));
  EXPECT_THAT(comma(""), IsEmpty());
  EXPECT_THAT(comma(" , \n"), IsEmpty());
}

TEST(CaptionTags, SplitsAtSpaces) {
  EXPECT_THAT(booru("1girl saber_\\(fate\\)\tlong_hair\nsaber_(fate)  ^_^ :)"),
              ElementsAre("1girl", "saber (fate)", "long hair", "saber (fate)", "^_^", ":)"));
}

TEST(CaptionTags, KeepsUnderscores) {
  EXPECT_THAT(comma("long_hair, o_o", {.keep_underscores = true}), ElementsAre("long_hair", "o_o"));
  EXPECT_THAT(booru("saber_\\(fate\\)", {.keep_underscores = true}), ElementsAre("saber_(fate)"));
}

TEST(CaptionTags, RemovesEmphasis) {
  EXPECT_THAT(comma("(red hair:1.2), ((smile)), (blue eyes, green (sea):1.1), (a (b:1.3) c)"),
              ElementsAre("red hair", "smile", "blue eyes", "green (sea)", "a (b:1.3) c"));
  EXPECT_THAT(comma("saber (fate), :), (o)_(o), \\(escaped\\), score:9up"),
              ElementsAre("saber (fate)", ":)", "(o)_(o)", "(escaped)"));
  EXPECT_THAT(comma("(one, two:1.2), three)"), ElementsAre("one", "two", "three)"));
  EXPECT_THAT(comma("re:zero:1, (), (:1.2)"), ElementsAre("re:zero:1"));
}

TEST(CaptionTags, LeavesOutMetaTagsAndInstructions) {
  const CaptionTags found = caption_tags("rating: safe, score:12, <lora:style:0.7>, BREAK, artist:someone, sky", {}, "a.txt");
  EXPECT_THAT(found.tags, ElementsAre("artist:someone", "sky"));
  EXPECT_EQ(found.meta, 2);
  EXPECT_EQ(found.instructions, 2);
  EXPECT_THAT(booru("rating:safe sky", {.keep_meta = true}), ElementsAre("rating:safe", "sky"));
}

// What tagpredict writes for prompts is read back.
TEST(CaptionTags, ReadsThePromptStyle) {
  for (const std::string tag : {"saber (fate)", "a\\b", "^_^", ":)", "(o)_(o)", "blue sky", "\\(", "=)"}) {
    EXPECT_THAT(comma("first, " + in_style(tag, TagStyle::kPrompt)), ElementsAre("first", tag));
  }
}

TEST(CaptionTags, DoesNotTakeLongForManyParentheses) { EXPECT_THAT(comma(std::string(1 << 20, '(')), testing::SizeIs(1)); }

TEST(CaptionTags, NamesTheLine) {
  EXPECT_THAT(data_error([] { comma("a\nb\xFF\n"); }), testing::StartsWith("a.txt:2: "));
}

class ImportTxt : public test::ImporterTest {
 protected:
  ImportTxt() : ImporterTest(kTxtFormat) {}
};

TEST_F(ImportTxt, FindsTheTextFileOfEachPicture) {
  for (const char* picture : {"a.jpg", "a.png", "b.jpg", "c/d.webp", "e.jpg", ".hidden.jpg", "._a.jpg"}) write(picture);
  write("a.txt", "sky, sea");
  write("a.png.txt", "road");
  write("c/d.txt", "one");
  write("e.jpg", "");
  write("orphan.txt", "x, y");
  write("._e.txt", "x, y");
  const test::Imported found = imported();
  EXPECT_THAT(found.rows, ElementsAre("a.jpg: sky,sea", "a.png: road", "b.jpg:", "c/d.webp: one", "e.jpg:"));
  EXPECT_THAT(found.left_out(), ElementsAre("1 .txt file without a picture"));
  EXPECT_EQ(found.report.order, "as in the text files");
  EXPECT_TRUE(kTxtFormat.fits(folder_.path()));
  EXPECT_FALSE(kTxtFormat.fits(folder_ / "a.txt"));
  EXPECT_FALSE(kTxtFormat.fits(folder_ / "nothing"));
}

// One file alone may not show its style; those of the folder do.
TEST_F(ImportTxt, FindsTheStyleOfTheFolder) {
  write("a.jpg"), write("a.txt", "blue sky\n");
  write("b.jpg"), write("b.txt", "grey_road night\n");
  EXPECT_THAT(imported().rows, ElementsAre("a.jpg: blue,sky", "b.jpg: grey road,night"));
  EXPECT_THAT(imported({.txt_style = "comma"}).rows, ElementsAre("a.jpg: blue sky", "b.jpg: grey road night"));
  write("c.jpg"), write("c.txt", "sea, sky\n");
  EXPECT_THAT(imported().rows, ElementsAre("a.jpg: blue sky", "b.jpg: grey road night", "c.jpg: sea,sky"));
  EXPECT_THAT(imported({.txt_style = "booru", .keep_underscores = true}).rows,
              ElementsAre("a.jpg: blue,sky", "b.jpg: grey_road,night", "c.jpg: sea,,sky"));
  fs::remove(folder_ / "c.txt"), fs::remove(folder_ / "b.txt");
  EXPECT_THAT(imported().rows, ElementsAre("a.jpg: blue sky", "b.jpg:", "c.jpg:"));
}

TEST_F(ImportTxt, HasFlags) {
  write("a.jpg"), write("a.txt", "blue_sky rating:safe");
  const std::string out = folder_ / "out.tsv";
  EXPECT_EQ(test::run_program({"tagdata", "import", folder_.path(), "-o", out}).code, 0);
  EXPECT_EQ(test::read_whole_file(out), "a.jpg\tblue sky\n");
  EXPECT_EQ(test::run_program({"tagdata", "import", folder_.path(), "-o", out, "--force", "--txt-style", "comma",
                               "--keep-underscores", "--keep-meta"})
                .code,
            0);
  EXPECT_EQ(test::read_whole_file(out), "a.jpg\tblue_sky rating:safe\n");
  const test::ProgramResult refused =
      test::run_program({"tagdata", "import", folder_.path(), "-o", out, "--force", "--hierarchy"});
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, testing::HasSubstr("--hierarchy does not apply to the format txt"));
}

TEST_F(ImportTxt, StopsAtUnreadableFiles) {
  write("a.jpg"), write("a.txt", "sky\n\x01\n");
  EXPECT_THAT(data_error([&] { imported(); }), testing::StartsWith((folder_ / "a.txt") + ":2: "));
  write("a.txt", std::string((1 << 20) + 1, 'x'));
  EXPECT_EQ(data_error([&] { imported(); }),
            (folder_ / "a.txt") + ": has 1048577 bytes, too many for a picture's tags; the limit is 1048576");
  write("a.txt", "sky"), fs::create_directory(folder_ / "closed");
  if (::geteuid() == 0) return;
  fs::permissions(folder_ / "closed", fs::perms::none);
  EXPECT_THAT(data_error([&] { imported(); }), testing::StartsWith((folder_ / "closed") + ": cannot be read"));
  fs::permissions(folder_ / "closed", fs::perms::owner_all);
}

}  // namespace
}  // namespace tagloom

// The page's data blocks are inert and keep their contents, whatever they contain.
#include "tools/review/review_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/run_program.h"
#include "tests/support/temporary_folder.h"

namespace tagloom {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

// The contents of the script elements whose start tag contains `attribute`.
std::vector<std::string> script_blocks(const std::string& page, const std::string& attribute) {
  std::vector<std::string> blocks;
  for (size_t at = 0; (at = page.find("<script", at)) != page.npos;) {
    const size_t open = page.find('>', at), close = page.find("</script>", open);
    if (page.substr(at, open - at).find(attribute) != page.npos) blocks.push_back(page.substr(open + 1, close - open - 1));
    at = close;
  }
  return blocks;
}

std::string page_of(const std::vector<ReviewPicture>& pictures, const ReviewPageOptions& options = {}) {
  test::TemporaryFolder folder;
  ReviewPage page(folder / "page.html", options);
  for (const ReviewPicture& picture : pictures) page.add(picture);
  page.finish();
  return test::read_whole_file(folder / "page.html");
}

TEST(ReviewPage, BlocksAreInertAndKeepTheirText) {
  const std::string hostile = "</script><!--<script>\"'&\\\xF0\x9F\x8F\x94";
  const std::string page = page_of({{.path = "/photos/" + hostile + ".jpg",
                                     .thumbnail = {1, 2, 3},
                                     .existing = {hostile, "own"},
                                     .tags = {{hostile, 0.98761f}, {"other", 0.25f, false}},
                                     .margin = 0.125,
                                     .note = hostile}},
                                   {.title = hostile, .vocabulary = {"sky", hostile}});
  const auto pictures = script_blocks(page, "class=\"picture\"");
  ASSERT_EQ(pictures.size(), 1u);
  EXPECT_EQ(pictures[0].find('<'), std::string::npos);
  const json row = json::parse(pictures[0]);
  const json start = json::parse(script_blocks(page, "id=\"page-data\"").at(0));
  EXPECT_EQ(start["vocabulary"], json({hostile, "sky"}));  // sorted
  EXPECT_EQ(start["title"], hostile);
  EXPECT_EQ(row["path"], "/photos/" + hostile + ".jpg");
  EXPECT_EQ(row["existing"], json({0, "own"}));
  EXPECT_EQ(row["tags"], (json{{0, 0.9876, 1}, {"other", 0.25, 0}}));
  EXPECT_EQ(row["margin"], 0.125);
  EXPECT_EQ(row["note"], hostile);
  EXPECT_EQ(script_blocks(page, "class=\"thumbnail\""), std::vector<std::string>{"AQID"});
}

// So that a keyword that the reviewer removes is found in the picture.
TEST(ReviewPage, KeepsTheSpellingOfExistingTags) {
  const json spellings{"new\nyork", "old  town", "a\tb", "\x7F\xEF\xBB\xBF", ":|", "Animals|Dog"};
  const std::string page = page_of({{.path = "/a.jpg", .existing = spellings.get<std::vector<std::string>>()}});
  EXPECT_EQ(json::parse(script_blocks(page, "class=\"picture\"").at(0))["existing"], spellings);
}

TEST(ReviewPage, KeepsPathsThatAreNotUtf8) {
  const std::string page = page_of({{.path = "/p/caf\xE9.jpg"}, {.path = "/p/a.jpg"}});
  const auto pictures = script_blocks(page, "class=\"picture\"");
  EXPECT_EQ(json::parse(pictures.at(0))["path_bytes"], "L3AvY2Fm6S5qcGc=");  // printf '/p/caf\xe9.jpg' | base64
  EXPECT_FALSE(json::parse(pictures.at(1)).contains("path_bytes"));
}

TEST(ReviewPage, TheKeyDependsOnThePictures) {
  const auto key = [](const std::vector<ReviewPicture>& pictures) {
    return json::parse(script_blocks(page_of(pictures), "id=\"page-end\"").at(0))["key"].get<std::string>();
  };
  const std::string one = key({{.path = "/a.jpg", .tags = {{"sky", 0.5f}}}});
  EXPECT_EQ(key({{.path = "/a.jpg", .tags = {{"sky", 0.5f}}}}), one);
  EXPECT_NE(key({{.path = "/b.jpg", .tags = {{"sky", 0.5f}}}}), one);
  EXPECT_NE(key({{.path = "/a.jpg", .tags = {{"sky", 0.6f}}}}), one);
  EXPECT_NE(key({{.path = "/a.jpg", .tags = {{"sky", 0.5f}}}, {.path = "/b.jpg"}}), one);
}

TEST(ReviewPage, AnUnfinishedPageLeavesTheOldFile) {
  test::TemporaryFolder folder;
  test::write_whole_file(folder / "page.html", "old");
  {
    ReviewPage page(folder / "page.html", {});
    page.add({.path = "a.jpg"});
  }
  EXPECT_EQ(test::read_whole_file(folder / "page.html"), "old");
}

TEST(ReviewPage, AllowsOnlyItsOwnScriptAndStyle) {
  const std::string page = page_of({});
  EXPECT_THAT(page, HasSubstr("content=\"default-src 'none'; img-src data:; style-src 'sha256-"));
  EXPECT_THAT(page, Not(HasSubstr("unsafe")));
  EXPECT_THAT(page, Not(HasSubstr("http://")));
}

}  // namespace
}  // namespace tagloom

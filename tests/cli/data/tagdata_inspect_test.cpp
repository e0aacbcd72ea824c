// tagdata inspect with several manifests: copies, similar tags, wrong names, and the page.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "engine/data/image.h"
#include "tests/support/run_program.h"
#include "tests/support/temporary_folder.h"

namespace tagloom::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

ProgramResult inspect(std::vector<std::string> words) {
  words.insert(words.begin(), {"tagdata", "inspect"});
  return run_program(words);
}

// a.tsv has scenes 0 to 9; b.tsv has scene 10 and copies of scenes 0 (the file), 1 (the pixels), 2 (saved again) and 3 (a PNG named .jpg).
class TagdataInspect : public testing::Test {
 protected:
  TagdataInspect() {
    const ProgramResult r =
        run_program({"tagdata", "scenes", folder_ / "set", "--images", "11", "--size", "120", "--seed", "6", "--quiet"});
    EXPECT_EQ(r.code, 0) << r.err;
    for (int i = 0; i < 11; ++i)
      fs::copy(folder_ / ("set/images/0000" + std::string(i < 10 ? "0" : "") + std::to_string(i) + ".jpg"),
               folder_ / (std::to_string(i) + ".jpg"));
    fs::copy(folder_ / "0.jpg", folder_ / "file.jpg");
    write_whole_file(folder_ / "pixels.jpg", read_whole_file(folder_ / "1.jpg") + "after the end of the picture");
    write(encode_jpeg(decode_image(folder_ / "2.jpg"), 50), "near.jpg");
    write(encode_png(decode_image(folder_ / "3.jpg")), "png.jpg");
    write_whole_file(folder_ / "a.tsv",
                     "0.jpg\tsky,sea\n1.jpg\tsky\n2.jpg\tsky,tree\n3.jpg\tSky\n4.jpg\ttrees\n5.jpg\t<b>&\n6.jpg\t\n7.jpg\tsky\n8."
                     "jpg\tsky\n9.jpg\tsky\n");
    write_whole_file(folder_ / "b.tsv", "10.jpg\tsky\nfile.jpg\tsea,sky\npixels.jpg\tsky\nnear.jpg\tsky,cloud\npng.jpg\tSky\n");
  }
  void write(const std::vector<uint8_t>& bytes, const std::string& name) {
    write_whole_file(folder_ / name, {bytes.begin(), bytes.end()});
  }

  TemporaryFolder folder_;
};

TEST_F(TagdataInspect, FindsCopiesAcrossManifests) {
  const ProgramResult r = inspect({folder_ / "a.tsv", folder_ / "b.tsv"});
  EXPECT_EQ(r.code, 0) << r.err;
  EXPECT_THAT(r.out, HasSubstr("copies          4 groups of 8 pictures: 3 of exact copies, 1 with near copies\n"
                               "across files    4 of these groups\ndifferent tags  1 of these groups\n"));
  EXPECT_THAT(r.out, HasSubstr("copies across manifests: a.tsv:1: 0.jpg, b.tsv:2: file.jpg (same file)\n"));
  EXPECT_THAT(r.out, HasSubstr("copies across manifests: a.tsv:2: 1.jpg, b.tsv:3: pixels.jpg (same pixels)\n"));
  EXPECT_THAT(r.out, HasSubstr("copies across manifests: a.tsv:4: 3.jpg, b.tsv:5: png.jpg (same pixels)\n"));
  EXPECT_THAT(r.out, testing::ContainsRegex(
                         "copies across manifests: a.tsv:3: 2.jpg, b.tsv:4: near.jpg \\(near [01].[0-9]+\\); different tags\n"));
  EXPECT_THAT(r.out, HasSubstr("wrong name: b.tsv:5: png.jpg: has the extension of JPEG but contains PNG\n"));
  EXPECT_THAT(r.out, HasSubstr("similar tags: sky 10, Sky 2 (case)\n"));
  EXPECT_THAT(r.out, HasSubstr("similar tags: tree 1, trees 1 (plural)\n"));
  const ProgramResult strict = inspect({folder_ / "b.tsv", folder_ / "a.tsv", "--strict", "-q"});
  EXPECT_EQ(strict.code, 3);
}

TEST_F(TagdataInspect, JsonListsEverything) {
  const ProgramResult r = inspect({folder_ / "a.tsv", folder_ / "b.tsv", "--json"});
  ASSERT_EQ(r.code, 0) << r.err;
  const nlohmann::json json = nlohmann::json::parse(r.out);
  EXPECT_EQ(json["manifests"].size(), 2u);
  EXPECT_EQ(json["manifests"][1]["pictures"], 5);
  ASSERT_EQ(json["copies"].size(), 4u);
  const nlohmann::json& first = json["copies"][0];  // with different tags
  EXPECT_EQ(first["across_manifests"], true);
  EXPECT_EQ(first["different_tags"], true);
  EXPECT_EQ(first["pictures"][1]["path"], "near.jpg");
  EXPECT_EQ(first["pictures"][1]["line"], 4);
  EXPECT_EQ(first["pictures"][1]["copy"], "near");
  EXPECT_EQ(json["misnamed"][0]["contains"], "PNG");
  EXPECT_EQ(json["similar_tags"][0]["keep"], "sky");
  const nlohmann::json one = nlohmann::json::parse(inspect({folder_ / "a.tsv", "--json"}).out);
  EXPECT_EQ(one["pictures"], 10);
  EXPECT_EQ(one["copies"].size(), 0u);
}

TEST_F(TagdataInspect, ThePageEscapesPaths) {
  const std::string name = "<i>\"'&.jpg";
  fs::copy(folder_ / "1.jpg", folder_ / name);
  write_whole_file(folder_ / "<u>.jpg", "no picture");
  fs::copy(folder_ / "3.jpg", folder_ / "<s>.png");
  write_whole_file(folder_ / "<b>.tsv", "1.jpg\tsky\n\"<i>\"\"'&.jpg\"\tsky\n<u>.jpg\tsky\n<s>.png\tsky\n<gone>.jpg\tsky\n");
  const ProgramResult r = inspect({folder_ / "<b>.tsv", "-q", "--html", folder_ / "page.html"});
  ASSERT_EQ(r.code, 3) << r.err;
  const std::string page = read_whole_file(folder_ / "page.html");
  for (const char* raw : {"<i>", "<u>", "<s>.", "<gone>", "<b>."}) EXPECT_THAT(page, Not(HasSubstr(raw)));
  for (const char* escaped : {"&lt;i&gt;", "&lt;u&gt;", "&lt;s&gt;", "&lt;gone&gt;", "&lt;b&gt;"})
    EXPECT_THAT(page, HasSubstr(escaped));
  EXPECT_THAT(page, Not(HasSubstr("&gt;\"'"))) << "quotes would end an attribute";
}

TEST_F(TagdataInspect, WritesASelfContainedPage) {
  const ProgramResult r = inspect({folder_ / "a.tsv", folder_ / "b.tsv", "-q", "--html", folder_ / "page.html"});
  ASSERT_EQ(r.code, 0) << r.err;
  const std::string page = read_whole_file(folder_ / "page.html");
  EXPECT_THAT(page, testing::StartsWith("<!DOCTYPE html>"));
  EXPECT_THAT(page, testing::EndsWith("</html>\n"));
  EXPECT_THAT(page, HasSubstr("&lt;b&gt;&amp;"));
  EXPECT_THAT(page, Not(HasSubstr("<b>&<")));
  for (const char* outside : {"http:", "https:", "url(", "@import", "<link"}) EXPECT_THAT(page, Not(HasSubstr(outside)));
  size_t pictures = 0;
  for (size_t at = 0; (at = page.find("src=\"data:image/jpeg;base64,", at)) != page.npos; ++at) ++pictures;
  EXPECT_EQ(pictures, 8u + 15u) << "of the copies, and the samples";
}

TEST_F(TagdataInspect, WritesRulesThatMergeTags) {
  ASSERT_EQ(inspect({folder_ / "a.tsv", folder_ / "b.tsv", "--no-pictures", "-q", "--rules", folder_ / "rules.txt"}).code, 0);
  EXPECT_EQ(read_whole_file(folder_ / "rules.txt"), "\"Sky\" = \"sky\"\n\"trees\" = \"tree\"\n");
}

TEST_F(TagdataInspect, UnreadableAndMissingPicturesAreNoCopies) {
  write_whole_file(folder_ / "c.tsv", "gone.jpg\tsky\ngone.jpg\tsky\nbad.jpg\tsky\nbad.jpg\tsky\n");
  write_whole_file(folder_ / "bad.jpg", "no picture");
  const ProgramResult r = inspect({folder_ / "c.tsv", "--html", folder_ / "page.html"});
  EXPECT_EQ(r.code, 3);
  EXPECT_THAT(r.out, HasSubstr("copies          0\n"));
  EXPECT_THAT(read_whole_file(folder_ / "page.html"), HasSubstr("missing: c.tsv:1: gone.jpg"));
}

// The paths in a pack are those of the pictures that were packed.
TEST_F(TagdataInspect, PackedPicturesHaveNoWrongNames) {
  write(encode_png(decode_image(folder_ / "4.jpg")), "large.png");
  write_whole_file(folder_ / "c.tsv", "large.png\tsky\n0.jpg\tsky\n");
  ASSERT_EQ(run_program({"tagdata", "pack", folder_ / "c.tsv", "-o", folder_ / "pack", "--size", "32", "-q"}).code, 0);
  const ProgramResult r = inspect({folder_ / "pack", "--json"});
  EXPECT_EQ(r.code, 0) << r.err;
  EXPECT_EQ(nlohmann::json::parse(r.out)["misnamed"].size(), 0u);
}

TEST_F(TagdataInspect, AMissingFolderIsSaidBeforeAnythingIsRead) {
  for (const char* output : {"--html", "--sheet", "--rules"}) {
    const ProgramResult r = inspect({folder_ / "none.tsv", output, folder_ / "no/file.jpg"});
    EXPECT_EQ(r.code, 3);
    EXPECT_EQ(r.err, "tagdata: " + (folder_ / "no/file.jpg") + ": cannot write: the folder " + (folder_ / "no") +
                         " does not exist: create it\n");
  }
}

TEST_F(TagdataInspect, ManyTagsTakeLittleTime) {
  constexpr int kTags = 200'000;
  std::string tags;
  for (int i = 0; i < kTags; ++i) tags += (i ? ",a tag with the number " : "a tag with the number ") + std::to_string(i);
  write_whole_file(folder_ / "c.tsv", "0.jpg\t" + tags + "\n");
  const ProgramResult r = run_program({"tagdata", "inspect", folder_ / "c.tsv", "--no-pictures", "--json"}, {.seconds = 40});
  ASSERT_EQ(r.code, 0) << r.err;  // about 4 s; minutes if each tag were sought in its row or in the JSON
  EXPECT_EQ(nlohmann::json::parse(r.out)["tags"].size(), kTags);
  const ProgramResult split =
      run_program({"tagdata", "split", folder_ / "c.tsv", "-o", folder_ / "s", "--json"}, {.seconds = 40});
  ASSERT_EQ(split.code, 0) << split.err;
}

}  // namespace
}  // namespace tagloom::test

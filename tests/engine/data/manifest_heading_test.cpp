// Manifests as other programs write them: headings, other separators, other columns and keys.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/data/manifest.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/thrown_message.h"

namespace tagloom {
namespace {

using testing::HasSubstr;

class ManifestHeadingTest : public testing::Test {
 protected:
  // "a.jpg: sky sea; b.jpg:" for rows and their tags.
  std::string rows(const std::string& name, const std::string& text) {
    test::write_whole_file(folder_ / name, text);
    const Manifest manifest = read_manifest(folder_ / name);
    std::string out;
    for (const ManifestRow& row : manifest.rows) {
      out += (out.empty() ? "" : "; ") + std::string(row.path) + ":";
      for (const int32_t tag : row.tags) out += " " + manifest.tag_names.at(static_cast<size_t>(tag));
    }
    return out;
  }

  std::string error(const std::string& name, const std::string& text) {
    const std::string message = test::data_error([&] { rows(name, text); });
    return message.substr(message.rfind('/' + name) + 1);
  }

  test::TemporaryFolder folder_;
};

constexpr char kTwo[] = "a.jpg: sky sea; b.jpg: sea";

TEST_F(ManifestHeadingTest, ReadsHeadingsInCsv) {
  const char* const texts[] = {
      "image,labels\na.jpg,\"sky,sea\"\nb.jpg,sea\n",
      "File Name,Tags\na.jpg,sky;sea\nb.jpg,sea\n",
      "\"file_name\",\"KEYWORDS\"\r\n\"a.jpg\",\"sky,sea\"\r\n\"b.jpg\",\"sea\"\r\n",
      "\uFEFFtags,path\n\"sky,sea\",a.jpg\nsea,b.jpg\n",
      "id,image,labels\n1,a.jpg,\"sky,sea\"\n2,b.jpg,sea\n",
      "id,caption,filename,categories,\n1,\"two\nlines\",a.jpg,\"sky,sea\",\n2,x,b.jpg,sea,\n",
      "SourceFile,Keywords\na.jpg,\"sky, sea\"\nb.jpg,sea\n",
      "image,label\na.jpg,sky\nb.jpg,sea\na.jpg,sea\n",
      "score,class,image\n1,sky,a.jpg\n0.5,sea,b.jpg\n0,sea,a.jpg\n",
      "path;tags\na.jpg;sky,sea\nb.jpg;sea\n",
      "id;image;labels\r\n1;a.jpg;\"sky;sea\"\r\n2;b.jpg;sea\r\n",
      "sep=;\nimage;labels\na.jpg;\"sky;sea\"\nb.jpg;sea\n",
      "a.jpg;sky,sea\nb.jpg;sea\n",
      "a.jpg;\"sky;sea\"\nb.jpg;sea\n",
      "a.jpg\tsky,sea\nb.jpg\tsea\n",
      "labels\timage\nsky,sea\ta.jpg\nsea\tb.jpg\n",
  };
  for (const char* text : texts) EXPECT_EQ(rows("a.csv", text), kTwo) << text;
}

TEST_F(ManifestHeadingTest, ReadsHeadingsInTsv) {
  const char* const texts[] = {
      "path\ttags\na.jpg\tsky,sea\nb.jpg\tsea\n",
      "\uFEFFLabels\tImage\r\nsky,sea\ta.jpg\r\nsea\tb.jpg\r\n",
      "id\tfile_name\tlabels\tsource\n1\ta.jpg\tsky, sea\tflickr\n2\tb.jpg\tsea\t\n",
      "image\tlabel\na.jpg\tsky\nb.jpg\tsea\na.jpg\tsea\n",
  };
  for (const char* text : texts) EXPECT_EQ(rows("a.tsv", text), kTwo) << text;
}

TEST_F(ManifestHeadingTest, ReadsOtherKeysInJsonLines) {
  const char* const texts[] = {
      "{\"file_name\": \"a.jpg\", \"labels\": [\"sky\", \"sea\"]}\n{\"file_name\": \"b.jpg\", \"labels\": [\"sea\"]}\n",
      "{\"image\": \"a.jpg\", \"Keywords\": [\"sky\", \"sea\"], \"id\": 7}\n{\"image\": \"b.jpg\", \"label\": \"sea\"}\n",
  };
  for (const char* text : texts) EXPECT_EQ(rows("a.jsonl", text), kTwo) << text;
}

TEST_F(ManifestHeadingTest, KeepsPicturesThatLookLikeSeparatorsOrHeadings) {
  EXPECT_EQ(rows("a.csv", "a;b.jpg,sky\n"), "a;b.jpg: sky");
  EXPECT_EQ(rows("a.csv", "a.jpg,sky;sea\nb.jpg,sea\n"), kTwo);
  EXPECT_EQ(rows("a.csv", "a.jpg,x\npath,tags\n"), "a.jpg: x; path: tags");
  EXPECT_EQ(rows("a.csv", "label.jpg,tags\n"), "label.jpg: tags");
  EXPECT_EQ(rows("a.tsv", "tag.png\timage\n"), "tag.png: image");
  EXPECT_EQ(rows("a.tsv", "photos/1\tsky\na.jpg\tsea\n"), "photos/1: sky; a.jpg: sea");  // a path without an extension
  EXPECT_EQ(rows("a.csv", "path,tags\n1,sky\na.jpg,sea\n"), "1: sky; a.jpg: sea");
}

TEST_F(ManifestHeadingTest, RejectsUnknownHeadings) {
  EXPECT_EQ(
      error("t.csv", "image,kind\na.jpg,x\n"),
      "t.csv:1: the heading \"image, kind\" has no column of tags: name that column tags, as in path,tags, or tag if each row "
      "has one tag");
  EXPECT_EQ(error("t.csv", "id,labels\na.jpg,x\n"),
            "t.csv:1: the heading \"id, labels\" has no column of pictures: name that column path, as in path,tags");
  EXPECT_EQ(
      error("t.csv", "bild,schlagworte\na.jpg,x\n"),
      "t.csv:1: \"bild\" has no extension, unlike \"a.jpg\" in the next row: if it is a heading, write path,tags; if it is a "
      "picture, add the heading path,tags above it");
  EXPECT_THAT(error("t.csv", "bild;schlagworte\na.jpg;x\n"), HasSubstr("write path;tags"));
  EXPECT_THAT(error("t.tsv", "bild\tschlagworte\na.jpg\tx\n"), HasSubstr("write path<TAB>tags"));
  EXPECT_THAT(error("t.tsv", "image\tcaption\na.jpg\tx\n"), HasSubstr("has no column of tags"));
  EXPECT_EQ(error("t.csv", "image,labels\na.jpg,x,y\n"), "t.csv:2: has 3 fields, but the heading has 2 (image, labels)");
  EXPECT_EQ(error("t.tsv", "id\timage\tlabels\n1\ta.jpg\n"), "t.tsv:2: has 2 fields, but the heading has 3 (id, image, labels)");
  EXPECT_EQ(error("t.csv", "a.jpg\nb.jpg\n"),
            "t.csv:1: has 1 field, expected 2 (path, tags): photos/a.jpg,\"sky,sea\"; without tags a row ends with the comma");
  EXPECT_THAT(error("t.csv", "path\na.jpg\n"), HasSubstr("has no column of tags"));
  EXPECT_THAT(error("t.jsonl", "{\"file_name\": \"a.jpg\", \"text\": \"a dog\"}"),
              HasSubstr("t.jsonl:1: has no \"tags\", only file_name, text; a row is"));
  EXPECT_THAT(error("t.jsonl", "{\"uri\": \"a.jpg\", \"tags\": []}"),
              HasSubstr("t.jsonl:1: has no \"path\", only tags, uri; a row is"));
}

}  // namespace
}  // namespace tagloom

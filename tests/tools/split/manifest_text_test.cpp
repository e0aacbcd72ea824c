// The rows of manifests, copied byte for byte with other paths.
#include "tools/split/manifest_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace tagloom {
namespace {

using testing::ElementsAre;

// The heading and the rows, each with its picture's number and "NEW" as its path.
std::vector<std::string> moved_rows(const std::string& name, const std::string& text) {
  const test::TemporaryFolder folder;
  test::write_whole_file(folder / name, text);
  const ManifestText rows(read_manifest(folder / name));
  std::vector<std::string> result = {std::string(rows.heading())};
  for (const RowText& row : rows.rows()) result.push_back(std::to_string(row.row) + " " + rows.with_path(row, "N,W"));
  return result;
}

TEST(ManifestText, KeepsTagsAndQuotesOfTsvRows) {
  EXPECT_THAT(moved_rows("a.tsv", "a.jpg\tsky, \"wheel, spare\" ,sea\n\n  \n\"tab\there\nand\"\"there.jpg\"\t\"x\"\r\nc.jpg\t"),
              ElementsAre("", "0 N,W\tsky, \"wheel, spare\" ,sea", "1 N,W\t\"x\"", "2 N,W\t"));
}

TEST(ManifestText, KeepsByteOrderMarksAndHeadings) {
  EXPECT_THAT(moved_rows("a.csv", "\xEF\xBB\xBFpath,tags\r\na.jpg,\"sky;sea\"\r\n \t\r\nb.jpg,\r\n"),
              ElementsAre("\xEF\xBB\xBFpath,tags\r\n", "0 \"N,W\",\"sky;sea\"", "1 \"N,W\","));
}

TEST(ManifestText, FindsThePathInAnyColumn) {
  EXPECT_THAT(moved_rows("a.csv", "id,caption,image,labels\n1,\"two\nlines, \"\"x\"\"\",a.jpg,\"sky,sea\"\n2,,b.jpg,\n"),
              ElementsAre("id,caption,image,labels\n", "0 1,\"two\nlines, \"\"x\"\"\",\"N,W\",\"sky,sea\"", "1 2,,\"N,W\","));
  EXPECT_THAT(moved_rows("a.csv", "sep=;\r\ntags;path\r\nsky,sea;a.jpg\r\n"),
              ElementsAre("sep=;\r\ntags;path\r\n", "0 sky,sea;N,W"));
  EXPECT_THAT(moved_rows("a.csv", "a.jpg\tsky,sea\n"), ElementsAre("", "0 N,W\tsky,sea"));
  EXPECT_THAT(moved_rows("a.tsv", "labels\timage\n\"a\tb\", \"c,d\" ,e\ta.jpg\n\tb.jpg\n"),
              ElementsAre("labels\timage\n", "0 \"a\tb\", \"c,d\" ,e\tN,W", "1 \tN,W"));
  EXPECT_THAT(moved_rows("a.csv", "image,label\na.jpg,sky\nb.jpg,sea\na.jpg,sea\n"),
              ElementsAre("image,label\n", "0 \"N,W\",sky", "1 \"N,W\",sea", "0 \"N,W\",sea"));
  EXPECT_THAT(moved_rows("a.jsonl", R"({"labels": ["a"], "file_name": "a.jpg", "image": "x"})"),
              ElementsAre("", R"(0 {"labels": ["a"], "file_name": "N,W", "image": "x"})"));
}

TEST(ManifestText, FindsThePicturesOfOneTagPerRow) {
  EXPECT_THAT(moved_rows("a.csv", "path,tag,score\n\"a,1.jpg\",sky,0.50\nb.jpg,,\n\"a,1.jpg\",\"s,ea\",1e-3\n"),
              ElementsAre("path,tag,score\n", "0 \"N,W\",sky,0.50", "1 \"N,W\",,", "0 \"N,W\",\"s,ea\",1e-3"));
}

TEST(ManifestText, KeepsOtherKeysOfJsonRows) {
  const std::string inner = R"("inner": {"path": "stays \"}", "n": [1.50, {"path": 2}]})";
  EXPECT_THAT(moved_rows("a.jsonl",
                         R"({"id": 12345678901234567890123, )" + inner + R"(, "pa\u0074h" : "a\"b.jpg", "tags":["x"] })" + "\n"),
              ElementsAre("", R"(0 {"id": 12345678901234567890123, )" + inner + R"(, "pa\u0074h" : "N,W", "tags":["x"] })"));
  EXPECT_THAT(moved_rows("a.jsonl", R"({"path":"a?.jpg","path_bytes":"YWIuanBn","tags":[]})"),
              ElementsAre("", R"(0 {"path":"N,W","path_bytes":"TixX","tags":[]})"));
}

TEST(ManifestText, RowsReadBackWithAnyPath) {
  const test::TemporaryFolder folder;
  const struct {
    const char *name, *text;
  } manifests[] = {{"a.tsv", "a.jpg\tsky"}, {"a.csv", "a.jpg,sky"}, {"a.jsonl", R"({"path": "a.jpg", "tags": ["sky"]})"}};
  for (const auto& manifest : manifests) {
    test::write_whole_file(folder / manifest.name, manifest.text);
    const ManifestText rows(read_manifest(folder / manifest.name));
    for (const std::string path : {"a\tb", "a\"b", " a ", "a,b", "a\nb", "a\x7F",
                                   "\xEF\xBB\xBF"
                                   "a",
                                   "\xC3\xA9"}) {
      const std::string copy = std::string("copy-") + manifest.name;
      test::write_whole_file(folder / copy, rows.with_path(rows.rows()[0], path) + "\n");
      const Manifest read = read_manifest(folder / copy);
      EXPECT_EQ(read.rows.at(0).path, path) << manifest.name;
      EXPECT_EQ(read.tag_names, std::vector<std::string>{"sky"}) << manifest.name;
    }
  }
}

TEST(ManifestText, RejectsAFileThatChanged) {
  const test::TemporaryFolder folder;
  test::write_whole_file(folder / "a.tsv", "a.jpg\tsky\n");
  const Manifest manifest = read_manifest(folder / "a.tsv");
  test::write_whole_file(folder / "a.tsv", "b.jpg\tsky\n");
  EXPECT_ERROR(kData, "was changed while it was being read", ManifestText{manifest});
}

}  // namespace
}  // namespace tagloom

// Finds the pictures in complete and truncated files of --output.
#include "tools/output/known_pictures.h"

#include <gtest/gtest.h>

#include "kernels/base/format.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"
#include "tools/predict/tag_lines.h"

namespace tagloom::test {
namespace {

constexpr char kHeading[] = "path,tag,score\n";

class KnownPicturesTest : public testing::Test {
 protected:
  KnownPictures of(const std::string& format, const std::string& text) {
    write_whole_file(file_, text);
    return {file_, format, format == "csv" ? kHeading : ""};
  }
  TemporaryFolder folder_;
  std::string file_ = folder_ / "file";
};

TEST_F(KnownPicturesTest, FindsPathsWithAnyCharacters) {
  const std::vector<std::string> paths = {"/p/a.jpg",
                                          "/p/a,b.jpg",
                                          "/p/\"a\".jpg",
                                          "/p/a\nb\n\nc.jpg",
                                          "/p/a\tb.jpg",
                                          "/p/caf\xE9.jpg",
                                          "/p/Pf\u00FCtze \u2028.jpg",
                                          "/p/ a.jpg ",
                                          "/p/\uFEFFa.jpg",
                                          "\uFEFF.jpg",
                                          "/p/a\rb.jpg"};
  std::string text, csv = csv_heading(), jsonl;
  for (const std::string& path : paths) {
    const TaggedPicture picture{path, {{"sky", 0.5f}, {"wheel, spare", 0.25f}}};
    text += text_line(picture, false);
    csv += csv_lines(picture);
    jsonl += json_line(picture);
  }
  for (const auto& [format, contents] : {std::pair<std::string, std::string>("text", text), {"csv", csv}, {"jsonl", jsonl}}) {
    const KnownPictures known = of(format, contents);
    EXPECT_EQ(known.count(), static_cast<int64_t>(paths.size())) << format;
    EXPECT_EQ(known.whole_bytes(), static_cast<int64_t>(contents.size()));
    for (const std::string& path : paths) EXPECT_TRUE(known.contains(path)) << format << " " << path;
    EXPECT_FALSE(known.contains("/p/b.jpg"));
  }
}

TEST_F(KnownPicturesTest, DropsAPartialRow) {
  EXPECT_EQ(of("text", "/a.jpg\tsky\n/b.jpg\tsk").whole_bytes(), 11);
  EXPECT_EQ(of("jsonl", "{\"path\":\"/a.jpg\",\"tags\":[]}\n{\"pa").whole_bytes(), 28);
  EXPECT_EQ(of("csv", "path,ta").whole_bytes(), 0);
  const std::string first = format("{}/a.jpg,sky,0.5\n/a.jpg,sea,0.4\n", kHeading);
  const KnownPictures known = of("csv", format("{}/b.jpg,sky,0.5\n/b.jpg,se", first));
  EXPECT_EQ(known.whole_bytes(), static_cast<int64_t>(first.size()));
  EXPECT_EQ(known.count(), 1);
  EXPECT_TRUE(known.contains("/a.jpg"));
  EXPECT_FALSE(known.contains("/b.jpg"));
  EXPECT_EQ(of("text", "/a.jpg\tsky\n\"/b\nc").whole_bytes(), 11);
}

TEST_F(KnownPicturesTest, DropsARowThatEndsAtAPageBoundary) {
  std::string text = kHeading;
  while (text.size() < 4000) text += format("/{}.jpg,sky,0.5\n", text.size());
  const size_t whole = text.size();
  text += "/last.jpg,";
  text += std::string(4096 - text.size() - 5, 'x') + ",0.5\n";
  ASSERT_EQ(text.size(), 4096u);
  EXPECT_EQ(of("csv", text).whole_bytes(), static_cast<int64_t>(whole));
  EXPECT_FALSE(of("csv", text).contains("/last.jpg"));
  EXPECT_EQ(of("csv", format("{}/last.jpg,sea,0.4\n", text)).whole_bytes(), 4096 + 18);
}

TEST_F(KnownPicturesTest, ReportsTheLineOfForeignContents) {
  EXPECT_ERROR(kData, "file:2: is not a row of --format text", of("text", "/a.jpg\tsky\nnotes\n"));
  EXPECT_ERROR(kData, "file:1: is not a row of --format csv", of("csv", "/a.jpg,sky,0.5\n"));
  EXPECT_ERROR(kData, "file:1: is not a row of --format jsonl", of("jsonl", "path,tag,score\n"));
  EXPECT_ERROR(kData, "file:1: is not a row of --format jsonl", of("jsonl", "{\"path\":\"/a.jpg\"}\n"));
}

}  // namespace
}  // namespace tagloom::test

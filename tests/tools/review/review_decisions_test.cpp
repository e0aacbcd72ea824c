// Reads the file that a review page saves, and reports errors in it.
#include "tools/review/review_decisions.h"

#include <gtest/gtest.h>

#include "tests/support/run_program.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/thrown_message.h"

namespace tagloom {
namespace {

using Names = std::vector<std::string>;

class ReviewDecisions : public testing::Test {
 protected:
  std::vector<ReviewDecision> read(const std::string& text) {
    test::write_whole_file(folder_ / "review.jsonl", text);
    return read_review_decisions(folder_ / "review.jsonl");
  }
  test::TemporaryFolder folder_;
};

TEST_F(ReviewDecisions, KeepsTagsAndRejections) {
  const auto decisions = read(
      "{\"path\":\"/p/a.jpg\",\"tags\":[\"sky\",\"a, b\"],\"state\":\"corrected\",\"added\":[\"a, "
      "b\"],\"rejected\":[\"car\"],\"removed\":[\"old\"]}\n\n"
      "{\"path\":\"b\\uFFFD.jpg\",\"path_bytes\":\"YukuanBn\",\"tags\":[],\"state\":\"accepted\"}\n");
  ASSERT_EQ(decisions.size(), 2u);
  EXPECT_EQ(decisions[0].path, "/p/a.jpg");
  EXPECT_EQ(decisions[0].tags, (Names{"sky", "a, b"}));
  EXPECT_EQ(decisions[0].rejected, Names{"car"});
  EXPECT_EQ(decisions[0].removed, Names{"old"});
  EXPECT_EQ(decisions[1].path, folder_ / "b\xE9.jpg");  // paths are relative to the file, as in any manifest
  EXPECT_EQ(decisions[1].tags, Names{});
  EXPECT_EQ(decisions[1].line, 3);
}

TEST_F(ReviewDecisions, ReportsTheLineOfAnInvalidRow) {
  const std::string row = "{\"path\":\"/p/a.jpg\",\"tags\":[]}\n";
  const std::string file = folder_ / "review.jsonl";
  EXPECT_EQ(test::data_error([&] { read(row + "{\"path\":\"b\",\"tags\":[],\"rejected\":\"car\"}"); }),
            file + ":2: \"rejected\" must be an array of strings");
  EXPECT_EQ(test::data_error([&] { read(row + "{\"path\":\"b\",\"tags\":[],\"removed\":[1]}"); }),
            file + ":2: \"removed\" must be an array of strings");
  EXPECT_NE(test::data_error([&] { read(row + "{"); }).find(file + ":2:"), std::string::npos);
  EXPECT_EQ(test::data_error([&] { read_review_decisions("list.tsv"); }),
            "list.tsv: the file that a review page saves must end in .jsonl");
}

}  // namespace
}  // namespace tagloom

// Writes the decisions of a review to sidecars.
#include "tools/review/apply_decisions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/temporary_folder.h"
#include "tools/library/keywords_of.h"

namespace tagloom {
namespace {

TEST(ApplyDecisions, SplitsNamesIntoLevels) {
  const test::TemporaryFolder folder;
  test::write_whole_file(folder / "a.jpg", "");
  test::write_whole_file(folder / "review.jsonl", R"({"path":"a.jpg","tags":["Animals|Dog",":|","|_|"]})");
  PredictOptions options;
  options.apply = folder / "review.jsonl";
  options.format = "xmp";
  options.keywords.fields = "dc,lr";
  options.quiet = true;
  EXPECT_EQ(apply_decisions(options), 0);
  std::vector<std::string> keywords;
  for (const Keyword& keyword : keywords_of(folder / "a.jpg").keywords) keywords.push_back(keyword.text);
  EXPECT_THAT(keywords, testing::UnorderedElementsAre("Dog", ":|", "|_|", "Animals|Dog", ":-", "-_-"));
}

}  // namespace
}  // namespace tagloom

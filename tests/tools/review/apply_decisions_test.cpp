// Writes the decisions of a review to sidecars.
#include "tools/review/apply_decisions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/temporary_folder.h"
#include "tools/library/keywords_of.h"
#include "tools/library/sidecar.h"

namespace tagloom {
namespace {

using testing::UnorderedElementsAre;

class ApplyDecisions : public testing::Test {
 protected:
  void apply(const std::string& row) {
    test::write_whole_file(picture_, "");
    test::write_whole_file(folder_ / "review.jsonl", row);
    PredictOptions options;
    options.apply = folder_ / "review.jsonl";
    options.format = "xmp";
    options.keywords.fields = "dc,lr";
    options.quiet = true;
    EXPECT_EQ(apply_decisions(options), 0);
  }
  std::vector<std::string> keywords() const {
    std::vector<std::string> texts;
    for (const Keyword& keyword : keywords_of(picture_).keywords) texts.push_back(keyword.text);
    return texts;
  }
  const test::TemporaryFolder folder_;
  const std::string picture_ = folder_ / "a.jpg";
};

TEST_F(ApplyDecisions, SplitsNamesIntoLevels) {
  apply(R"({"path":"a.jpg","tags":["Animals|Dog",":|","|_|"]})");
  EXPECT_THAT(keywords(), UnorderedElementsAre("Dog", ":|", "|_|", "Animals|Dog", ":-", "-_-"));
}

// Also tags that no run has written yet.
TEST_F(ApplyDecisions, RejectedAndRemovedTagsAreNotWrittenByLaterRuns) {
  apply(R"({"path":"a.jpg","tags":["sky"],"rejected":["car"],"removed":["old"]})");
  write_sidecar(picture_, SidecarName::kPictureXmp, {.tags = {{"car"}, {"old"}, {"tree"}}, .model = "first"});
  EXPECT_THAT(keywords(), UnorderedElementsAre("sky", "sky", "tree"));
}

}  // namespace
}  // namespace tagloom

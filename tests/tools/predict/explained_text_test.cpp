// Formats the steps of a sequence model as a table and as JSON.
#include <gtest/gtest.h>

#include "tools/predict/named_steps.h"
#include "tools/predict/tag_lines.h"

namespace tagloom {
namespace {

const Vocabulary kTags({"sky", "Möwe", "a, b"});

TaggedPicture explained() {
  const StepPath path = {
      {{{0, 0.5f}, {1, 0.25f}}, {0, 0.5f}}, {{{0, 0.75f}, {3, 0.125f}}, {1, 0.0625f}}, {{{2, 1}}, {3, 0}}, {{{2, 1}}, {}}};
  return {"a.jpg", {{"sky", 0.5f}, {"Möwe", 0.1f}}, named_steps(path, kTags), step_scores_name(StepScores::kSoftmax)};
}

TEST(ExplainedText, ShowsCompetingAndChosenTags) {
  EXPECT_EQ(explained_text(explained(), true),
            "a.jpg\n"
            "     1  sky     of sky 0.5000, Möwe 0.2500\n"
            "     2  Möwe    of sky 0.7500, (end) 0.1250\n"
            "     3  (end)   of \"a, b\" 1.0000\n"
            "     4  (none)  of \"a, b\" 1.0000\n"
            "  tags  sky:0.5,Möwe:0.1\n");
}

TEST(ExplainedText, JsonHasTheProbabilityOfTheChosenTag) {
  EXPECT_EQ(
      json_line(explained()),
      R"({"path":"a.jpg","tags":[{"tag":"sky","score":0.5},{"tag":"Möwe","score":0.1}],"step_scores":"softmax","steps":[)"
      R"({"chosen":{"tag":"sky","probability":0.5},"competing":[{"tag":"sky","probability":0.5},{"tag":"Möwe","probability":0.25}]},)"
      R"({"chosen":{"tag":"Möwe","probability":0.0625},"competing":[{"tag":"sky","probability":0.75},{"end":true,"probability":0.125}]},)"
      R"({"chosen":{"end":true,"probability":0.0},"competing":[{"tag":"a, b","probability":1.0}]},)"
      R"({"chosen":null,"competing":[{"tag":"a, b","probability":1.0}]}]})"
      "\n");
}

}  // namespace
}  // namespace tagloom

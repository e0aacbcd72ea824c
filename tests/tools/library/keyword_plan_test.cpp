// Decides on keywords: decisions of the user, tags that the user removed, and spellings that differ between fields.
#include "tools/library/keyword_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tagloom {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr KeywordField kDc = KeywordField::kDc, kLr = KeywordField::kLr;

std::vector<XmpItem> items(const std::vector<std::string>& texts) {
  std::vector<XmpItem> list;
  for (const std::string& text : texts) list.push_back({text, true});
  return list;
}

// "Animals|Dog" has the level Animals above it.
SuggestedTag tag(const std::string& path) {
  const size_t bar = path.find('|');
  return bar == path.npos ? SuggestedTag{path} : SuggestedTag{path.substr(bar + 1), 0, {path.substr(0, bar)}};
}

TEST(KeywordPlan, KeepsAKeywordThatSharesItsSpellingWithARemovedTag) {
  const KeywordPlan plan = plan_keywords({{kDc, items({"Paris"})}, {kLr, items({"People|Paris", "Places|Paris"})}}, {},
                                         {.tags = {tag("Places|Paris")}, .by_user = true, .unwanted = {tag("People|Paris")}});
  EXPECT_THAT(plan.removed.at(kLr), ElementsAre(0));
  EXPECT_FALSE(plan.removed.contains(kDc));
  EXPECT_FALSE(plan.record.rejected.contains(kDc));
  EXPECT_THAT(plan.added, IsEmpty());
}

TEST(KeywordPlan, RemovesTheFlatKeywordOfThatName) {
  const KeywordPlan plan = plan_keywords({{kDc, items({"Animals|Dog", "Dog"})}}, {},
                                         {.tags = {{"Dog"}}, .by_user = true, .unwanted = {tag("Animals|Dog")}});
  EXPECT_THAT(plan.removed.at(kDc), ElementsAre(0));
}

TEST(KeywordPlan, AcceptsAFlatKeywordWithABar) {
  const KeywordPlan plan =
      plan_keywords({{kDc, items({"darktable|jpg"})}}, {}, {.tags = {tag("darktable|jpg")}, .by_user = true});
  EXPECT_FALSE(plan.changes);
}

// The decision is written to dc only, but keeps the tag in every field.
TEST(KeywordPlan, AcceptedTagsStayInOtherFields) {
  const MachineTags before{.model = "first", .written = {{kDc, {"Sea"}}, {kLr, {"Nature|Sea", "Nature|Sky"}}}};
  const KeywordPlan plan = plan_keywords({{kDc, items({"Sea"})}, {kLr, items({"Nature|Sea", "Nature|Sky"})}}, before,
                                         {.tags = {tag("Nature|Sea")}, .by_user = true});
  EXPECT_FALSE(plan.removed.contains(kDc));
  EXPECT_THAT(plan.removed.at(kLr), ElementsAre(1));
  EXPECT_THAT(plan.record.rejected.at(kLr), ElementsAre("Nature|Sky"));
  EXPECT_THAT(plan.record.written, IsEmpty());
}

TEST(KeywordPlan, WritesADeletedTagToNoOtherField) {
  const MachineTags before{.model = "first", .written = {{kDc, {"dog", "sea"}}}};
  const ItemsByField found = {{kDc, items({"sea"})}, {kLr, {}}};
  KeywordRequest request{.tags = {{"dog"}, {"sea"}}, .fields = {kDc, kLr}, .model = "first"};
  EXPECT_THAT(plan_keywords(found, before, request).added.at(kLr), ElementsAre("sea"));
  request.by_user = true;  // the user may want it again
  EXPECT_THAT(plan_keywords(found, before, request).added.at(kLr), ElementsAre("dog", "sea"));
}

// Many programs drop IPTC; that is not a decision about the tag.
TEST(KeywordPlan, ATagThatOneFieldLostIsWrittenToNewFields) {
  const MachineTags before{.model = "first", .written = {{kDc, {"dog"}}, {KeywordField::kIptc, {"dog"}}}};
  const KeywordPlan plan = plan_keywords({{kDc, items({"dog"})}, {KeywordField::kIptc, {}}, {kLr, {}}}, before,
                                         {.tags = {{"dog"}}, .fields = {kDc, kLr, KeywordField::kIptc}, .model = "first"});
  EXPECT_THAT(plan.added.at(kLr), ElementsAre("dog"));
  EXPECT_FALSE(plan.added.contains(KeywordField::kIptc));
}

}  // namespace
}  // namespace tagloom

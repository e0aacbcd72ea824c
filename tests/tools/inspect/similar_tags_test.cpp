// Tags that are probably one.
#include "tools/inspect/similar_tags.h"

#include <gtest/gtest.h>

namespace tagloom {
namespace {

// "kept<other,other: reason, reason" of each group.
std::vector<std::string> groups_of(const std::vector<CountedTag>& tags) {
  std::vector<std::string> groups;
  for (const SimilarTags& group : similar_tags(tags)) {
    std::string text = group.tags[0].name + "<";
    for (size_t i = 1; i < group.tags.size(); ++i) text += (i > 1 ? "," : "") + group.tags[i].name;
    for (size_t i = 0; i < group.differ.size(); ++i) text += (i ? ", " : ": ") + group.differ[i];
    groups.push_back(text);
  }
  return groups;
}

using Groups = std::vector<std::string>;

TEST(SimilarTags, DifferInCaseSeparatorsOrUnicodeForm) {
  EXPECT_EQ(groups_of({{"Dog", 2}, {"dog", 9}, {"cat", 4}, {"DOG", 1}}), Groups{"dog<Dog,DOG: case"});
  EXPECT_EQ(groups_of({{"sea side", 2}, {"seaside", 1}, {"sea-side", 3}, {"sea_side", 1}}),
            Groups{"sea-side<sea side,sea_side,seaside: separators"});
  EXPECT_EQ(groups_of({{"caf\xC3\xA9", 2}, {"cafe\xCC\x81", 1}, {"cafe", 7}}), Groups{"caf\xC3\xA9<cafe\xCC\x81: Unicode form"});
  EXPECT_EQ(groups_of({{"\xC3\x89t\xC3\xA9", 1}, {"\xC3\xA9t\xC3\xA9", 2}}), Groups{"\xC3\xA9t\xC3\xA9<\xC3\x89t\xC3\xA9: case"});
  EXPECT_EQ(groups_of({{"STRASSE", 1},
                       {"stra\xC3\x9F"
                        "e",
                        2}}),
            Groups{"stra\xC3\x9F"
                   "e<STRASSE: case"});
}

TEST(SimilarTags, DifferInAnEnglishPlural) {
  for (const auto& [singular, plural] : std::vector<std::pair<std::string, std::string>>{{"dog", "dogs"},
                                                                                         {"bus", "buses"},
                                                                                         {"box", "boxes"},
                                                                                         {"city", "cities"},
                                                                                         {"movie", "movies"},
                                                                                         {"leaf", "leaves"},
                                                                                         {"knife", "knives"},
                                                                                         {"fireman", "firemen"},
                                                                                         {"traffic light", "traffic lights"}}) {
    EXPECT_EQ(groups_of({{plural, 1}, {singular, 5}}), Groups{singular + "<" + plural + ": plural"});
  }
  EXPECT_EQ(groups_of({{"glas", 1}, {"glass", 1}, {"a", 1}, {"as", 1}, {"tree", 1}, {"street", 1}, {"trees house", 1}}),
            Groups{});
}

TEST(SimilarTags, DifferInSeveralWays) {
  EXPECT_EQ(groups_of({{"Traffic-Lights", 1}, {"traffic light", 5}, {"traffic lights", 2}}),
            Groups{"traffic light<traffic lights,Traffic-Lights: case, separators, plural"});
  EXPECT_EQ(groups_of({{"Traffic-Lights", 1}, {"traffic light", 5}}),
            Groups{"traffic light<Traffic-Lights: case, separators, plural"});
}

TEST(SimilarTags, ComeInTheOrderOfTheirPictures) {
  EXPECT_EQ(groups_of({{"a b", 1}, {"ab", 1}, {"Dog", 5}, {"dog", 5}}), (Groups{"Dog<dog: case", "a b<ab: separators"}));
}

TEST(SimilarTags, RulesRenameToTheMostFrequent) {
  EXPECT_EQ(rules_of(similar_tags({{"wheel, spare", 3}, {"Wheel, \"spare\"", 1}, {"Wheel, spare", 1}})),
            "\"Wheel, spare\" = \"wheel, spare\"\n");
}

}  // namespace
}  // namespace tagloom

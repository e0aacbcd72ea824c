// Applies tag rules to predictions and compares the results with values worked out by hand.
#include "tools/tag_rules/tag_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernels/base/warning.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/thrown_message.h"
#include "tools/tag_rules/min_scores.h"

namespace tagloom {
namespace {

using Strings = std::vector<std::string>;

const Vocabulary kVocabulary({"sky", "dog", "Dog", "blue_sky", "sea shore", "cat"});
const Predictions kPredictions{.tag_count = 6, .scores = {0.9f, 0.5f, 0.8f, 0.7f, 0.6f, 0.1f}};

class TagRulesTest : public testing::Test {
 protected:
  TagRulesTest() {
    kernels::set_warning_sink([this](const std::string& sentence) { warnings_.push_back(sentence); });
  }
  ~TagRulesTest() override { kernels::set_warning_sink(nullptr); }

  std::string file(const std::string& name, const std::string& text) {
    test::write_whole_file(folder_ / name, text);
    return folder_ / name;
  }
  // "Animals|Dog:0.8", in order.
  static Strings given(const SelectionRule& rule, const TagRuleFiles& files = {}, const Predictions& predictions = kPredictions) {
    Strings texts;
    for (const ScoredTag& tag : TagRules(kVocabulary, rule, files).tags(predictions, 0))
      texts.push_back(full_name(tag) + format(":{}", tag.score));
    return texts;
  }

  test::TemporaryFolder folder_;
  Strings warnings_;
};

TEST_F(TagRulesTest, WithoutRulesTheSelectionDecides) {
  EXPECT_EQ(given({.top_k = 2}), (Strings{"sky:0.9", "Dog:0.8"}));
  EXPECT_EQ(given({.threshold = 0.7}), (Strings{"sky:0.9", "Dog:0.8"}));
}

TEST_F(TagRulesTest, ListsApplyBeforeTopK) {
  const std::string dogs = file("dogs.txt", "DOG\nb*\n");  // no tag is exactly DOG: both dogs
  EXPECT_EQ(given({.top_k = 2}, {.exclude = dogs}), (Strings{"sky:0.9", "sea shore:0.6"}));
  EXPECT_EQ(given({.top_k = 2}, {.include = dogs}), (Strings{"Dog:0.8", "blue_sky:0.7"}));
  const std::string dog = file("dog.txt", "dog\n");  // one tag is exactly dog
  EXPECT_EQ(given({.top_k = 6}, {.include = dogs, .exclude = dog}), (Strings{"Dog:0.8", "blue_sky:0.7"}));
  EXPECT_THAT(warnings_, testing::IsEmpty());
}

TEST_F(TagRulesTest, ListsKeepTheOrderOfADecoder) {
  Predictions decoded = kPredictions;
  decoded.ranking = {{5, 1, 0, 2, 3, 4}};
  EXPECT_EQ(given({.top_k = 2}, {.exclude = file("x.txt", "dog\n")}, decoded), (Strings{"cat:0.1", "sky:0.9"}));
}

TEST_F(TagRulesTest, SpacesAndUnderscoresAreTheSameInRules) {
  EXPECT_EQ(given({.top_k = 1}, {.include = file("x.txt", "Blue Sky\n")}), Strings{"blue_sky:0.7"});
  EXPECT_EQ(given({.top_k = 1}, {.include = file("x.txt", "sea_sh?re\n")}), Strings{"sea shore:0.6"});
  EXPECT_EQ(given({.top_k = 1}, {.exclude = file("x.txt", "\"s*\"\n")}), Strings{"sky:0.9"});  // quoted: no pattern
  EXPECT_THAT(warnings_, testing::ElementsAre(folder_ / "x.txt: 1 of 1 rules match no tag of this run: \"s*\" in line 1"));
}

TEST_F(TagRulesTest, RenameReplacesAndAliasAdds) {
  const std::string rename = file("rename.txt", "Dog = Animals|Dog\nsky = dog\ndog = sky, cat\n");
  EXPECT_EQ(given({.top_k = 3}, {.rename = rename}), (Strings{"dog:0.9", "Animals|Dog:0.8", "blue_sky:0.7"}));
  const std::string alias = file("alias.txt", "sky = Nature|Sky, Nature\nDog = dog\n");
  EXPECT_EQ(given({.top_k = 2}, {.alias = alias}), (Strings{"sky:0.9", "Nature|Sky:0.9", "Nature:0.9", "Dog:0.8", "dog:0.8"}));
  // Both files look up the model's names: the alias is of sky, not of its new name dog. Equal names appear once, with the higher score.
  EXPECT_EQ(given({.top_k = 6}, {.rename = rename, .alias = alias}),
            (Strings{"dog:0.9", "Nature|Sky:0.9", "Nature:0.9", "Animals|Dog:0.8", "blue_sky:0.7", "sea shore:0.6", "sky:0.5",
                     "cat:0.5"}));
}

TEST_F(TagRulesTest, EqualNamesKeepTheHigherScore) {
  Predictions decoded = kPredictions;
  decoded.ranking = {{5, 1, 0, 2, 3, 4}};
  EXPECT_EQ(given({.top_k = 3}, {.rename = file("x.txt", "cat = pet\ndog = pet\n")}, decoded), (Strings{"pet:0.5", "sky:0.9"}));
}

TEST_F(TagRulesTest, ATagsOwnLineOverridesPatterns) {
  EXPECT_EQ(given({.top_k = 4}, {.rename = file("x.txt", "*sky = Above\nsky = Sky\n")}),
            (Strings{"Sky:0.9", "Dog:0.8", "Above:0.7", "sea shore:0.6"}));
  EXPECT_EQ(test::data_error([&] { given({}, {.alias = file("x.txt", "dog = a\n\nsky = b\ndog = c\n")}); }),
            folder_ / "x.txt:4: line 1 already names this tag: write all names in one line, TAG = NAME, NAME");
}

TEST_F(TagRulesTest, StylesApplyLastToEveryLevel) {
  EXPECT_EQ(given({.top_k = 5}, {.rename = file("x.txt", "Dog = My Animals|Big Dog\ndog = x\n"), .style = TagStyle::kBooru}),
            (Strings{"sky:0.9", "my_animals|big_dog:0.8", "blue_sky:0.7", "sea_shore:0.6", "x:0.5"}));
  // dog and Dog become one tag.
  EXPECT_EQ(given({.top_k = 6}, {.style = TagStyle::kBooru}),
            (Strings{"sky:0.9", "dog:0.8", "blue_sky:0.7", "sea_shore:0.6", "cat:0.1"}));
}

TEST_F(TagRulesTest, WarnsAboutRulesThatMatchNoTag) {
  given({.top_k = 1}, {.exclude = file("x.txt", "kat\nlion*\nsky\nzebra\nyak\n"), .rename = file("y.txt", "hound = Dog\n")});
  EXPECT_THAT(warnings_, testing::ElementsAre(
                             folder_ / "y.txt: 1 of 1 rules match no tag of this run: \"hound\" in line 1",
                             folder_ / "x.txt: 4 of 5 rules match no tag of this run: \"kat\" in line 1 (did you mean \"cat\"?), "
                                       "\"lion*\" in line 2, \"zebra\" in line 4 and 1 more"));
}

TEST_F(TagRulesTest, ListsThatLeaveNoTagAreErrors) {
  EXPECT_EQ(test::data_error([&] { given({}, {.include = file("x.txt", "lion\n")}); }),
            folder_ / "x.txt: leaves none of the 6 tags of this run: list some of its vocabulary.txt");
  EXPECT_EQ(test::data_error([&] { given({}, {.exclude = file("x.txt", "*\n")}); }),
            folder_ / "x.txt: leaves none of the 6 tags of this run: list some of its vocabulary.txt");
}

TEST_F(TagRulesTest, NamesOfReturnsAllPossibleNames) {
  const TagRules rules(kVocabulary, {}, {.exclude = file("x.txt", "cat\n"), .alias = file("y.txt", "dog = Pet\n")});
  EXPECT_EQ(rules.names_of(1).size(), 2u);
  EXPECT_EQ(rules.names_of(1)[1].name, "Pet");
  EXPECT_TRUE(rules.names_of(5).empty());
}

TEST_F(TagRulesTest, AppliesMinimumScores) {
  const std::vector<float> fitted = {0.95f, 0.5f, 0.1f, 0.1f, 0.1f, 0.05f};
  const auto with = [&](const Strings& min_scores, SelectionRule rule = {.threshold = 0.65}) {
    set_min_scores(rule, min_scores, fitted, kVocabulary);
    return given(rule);
  };
  EXPECT_EQ(with({"0.8"}), (Strings{"sky:0.9", "Dog:0.8"}));                                   // at least
  EXPECT_EQ(with({"run"}), (Strings{"Dog:0.8", "blue_sky:0.7", "sea shore:0.6", "cat:0.1"}));  // above: not dog, at 0.5
  const std::string mine = file("mine.txt", "s* = 0.95\nsky = 0.9\ncat = 0.1\n");
  EXPECT_EQ(with({mine}), (Strings{"sky:0.9", "Dog:0.8", "blue_sky:0.7", "cat:0.1"}));
  EXPECT_EQ(with({mine}, {.top_k = 3, .threshold = 0.75}), (Strings{"sky:0.9", "Dog:0.8"}));
  EXPECT_EQ(with({"run", mine}), (Strings{"sky:0.9", "Dog:0.8", "blue_sky:0.7", "cat:0.1"}));
  EXPECT_EQ(with({mine, "run"}), with({"run"}));
  EXPECT_EQ(with({mine, "0"}).size(), 6u);
  EXPECT_EQ(test::usage_error([&] { with({"0,5"}); }), "--min-score 0,5: this is neither a number, nor \"run\", nor a file");
}

TEST_F(TagRulesTest, GlobsMatchCharacters) {
  for (const auto& [glob, text] : std::vector<std::pair<const char*, const char*>>{
           {"*", ""}, {"a*c", "abcbc"}, {"?", "\u00FC"}, {"*?x", "\u00FCx"}, {"**b**", "ab"}, {"a?", "a\u6F22"}, {"", ""}})
    EXPECT_TRUE(glob_matches(glob, text)) << glob << " " << text;
  for (const auto& [glob, text] : std::vector<std::pair<const char*, const char*>>{
           {"?", ""}, {"a*c", "abcb"}, {"??", "\u00FC"}, {"a*??", "a\u6F22"}, {"ab", "abc"}, {"b*", "ab"}})
    EXPECT_FALSE(glob_matches(glob, text)) << glob << " " << text;
}

}  // namespace
}  // namespace tagloom

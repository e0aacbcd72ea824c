// Reads files of tag rules, and reports errors in them.
#include "tools/tag_rules/rule_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/golden.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/thrown_message.h"

namespace tagloom {
namespace {

class RuleFileTest : public testing::Test {
 protected:
  std::string file(const std::string& text) {
    test::write_whole_file(folder_ / "rules.txt", text);
    return folder_ / "rules.txt";
  }
  template <class Read>
  std::string error(Read read, const std::string& text) {
    const std::string name = file(text), message = test::data_error([&] { read(name); });
    EXPECT_THAT(message, testing::StartsWith(name));
    return message.substr(name.size());
  }
  test::TemporaryFolder folder_;
};

TEST_F(RuleFileTest, ReadsListsOfTags) {
  const RuleFile list =
      read_tag_list(file("# mine\n\n  blue sky \nc#\nsea*  # a comment\r\n\"#1, \"\"a\"\" * = b\"# too\n=_=\nx"));
  std::vector<std::string> texts;
  for (const TagRule& rule : list.rules) texts.push_back(rule.tag.text);
  EXPECT_EQ(texts, (std::vector<std::string>{"blue sky", "c#", "sea*", "#1, \"a\" * = b", "=_=", "x"}));
  EXPECT_TRUE(list.rules[2].tag.is_glob());
  EXPECT_FALSE(list.rules[3].tag.is_glob());
  EXPECT_EQ(list.rules[3].line, 6);
  EXPECT_TRUE(read_tag_list(file("")).rules.empty());
}

TEST_F(RuleFileTest, ReadsNames) {
  const RuleFile names =
      read_tag_names(file("dog = Animals|Dog, Pets # both\n\"a = b\"=\"x|y, z\" | q\nblue_sky= sky , \"\"\"\"\nx = a = b\n"));
  ASSERT_EQ(names.rules.size(), 4u);
  EXPECT_EQ(names.rules[0].tag.text, "dog");
  EXPECT_EQ(names.rules[0].names, (std::vector<TagLevels>{{"Animals", "Dog"}, {"Pets"}}));
  EXPECT_EQ(names.rules[1].tag.text, "a = b");
  EXPECT_EQ(names.rules[1].names, (std::vector<TagLevels>{{"x|y, z", "q"}}));
  EXPECT_EQ(names.rules[2].names, (std::vector<TagLevels>{{"sky"}, {"\""}}));
  EXPECT_EQ(names.rules[3].names, (std::vector<TagLevels>{{"a = b"}}));
}

TEST_F(RuleFileTest, ReadsScores) {
  const RuleFile scores = read_tag_scores(file("* = 0.5\ndog=.25\n\"a = b\" = 1e-3 # low\ncat = -2\n"));
  ASSERT_EQ(scores.rules.size(), 4u);
  EXPECT_EQ(scores.rules[0].score, 0.5f);
  EXPECT_EQ(scores.rules[1].score, 0.25f);
  EXPECT_EQ(scores.rules[2].score, 1e-3f);
  EXPECT_EQ(scores.rules[3].score, -2.0f);
}

TEST_F(RuleFileTest, ReportsErrorsWithTheirLine) {
  EXPECT_EQ(error(read_tag_list, "a\n\"b\n"),
            ":2: a quote opens in this line and is never closed: close it, and double quotes inside a name");
  EXPECT_EQ(error(read_tag_list, "\"a\" b\n"), ":1: \"b\" follows a closing quote: put the whole name in quotes");
  EXPECT_EQ(error(read_tag_list, "\"  \"\n"), ":1: the tag is empty");
  EXPECT_EQ(error(read_tag_names, "a = b\ndog\n"), ":2: has no =: write a rule as dog = Animals|Dog");
  EXPECT_EQ(error(read_tag_names, " = dog\n"), ":1: the tag is empty");
  for (const char* text : {"dog =\n", "dog = # none\n", "dog = a,\n", "dog = a||b\n", "dog = |a\n", "dog = a|, b\n"})
    EXPECT_EQ(error(read_tag_names, text), ":1: a name is empty") << text;
  EXPECT_EQ(error(read_tag_names, "dog = \"a\" b\n"), ":1: \"b\" follows a closing quote: put the whole name in quotes");
  EXPECT_EQ(error(read_tag_scores, "dog = 0,5\n"), ":1: \"0,5\" is not a number: write a rule as dog = 0.7");
  EXPECT_EQ(error(read_tag_scores, "dog = nan\n"), ":1: \"nan\" is not a number: write a rule as dog = 0.7");
  EXPECT_EQ(error(read_tag_scores, "dog 0.5\n"), ":1: has no =: write a rule as dog = 0.7");
  EXPECT_EQ(error(read_tag_list, "a\nb\xFF\n"), ":2: byte 2 is not UTF-8; save the file as UTF-8");
}

TEST_F(RuleFileTest, ReadsTheExampleOfTheReadme) {
  const std::string page = test::read_whole_file(test::source_tree() + "/tools/README.md");
  const size_t begin = page.find("# rules for --rename or --alias\n");
  ASSERT_NE(begin, std::string::npos);
  const RuleFile names = read_tag_names(file(page.substr(begin, page.find("```", begin) - begin)));
  ASSERT_EQ(names.rules.size(), 4u);
  EXPECT_EQ(names.rules[0].names, (std::vector<TagLevels>{{"Animals", "Dog"}}));
  EXPECT_EQ(names.rules[1].names, (std::vector<TagLevels>{{"Vehicles", "Car"}, {"traffic"}}));
  EXPECT_EQ(names.rules[2].tag.text, "a = b");
  EXPECT_EQ(names.rules[2].names, (std::vector<TagLevels>{{"x, y|z"}}));
  EXPECT_TRUE(names.rules[3].tag.is_glob());
}

}  // namespace
}  // namespace tagloom

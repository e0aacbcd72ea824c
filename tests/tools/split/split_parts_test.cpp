// The value of --parts.
#include "tools/split/split_parts.h"

#include <gtest/gtest.h>

#include "tests/support/thrown_message.h"

namespace tagloom {
namespace {

TEST(SplitParts, ReadsSharesThatAddUpToOneOrAHundred) {
  for (const char* text : {"train=0.7,val=0.1,test=0.2", "train=70,val=10,test=20"}) {
    const std::vector<SplitPart> parts = parse_parts(text);
    ASSERT_EQ(parts.size(), 3u);
    EXPECT_EQ(parts[1].name, "val");
    EXPECT_DOUBLE_EQ(parts[0].share, 0.7);
    EXPECT_DOUBLE_EQ(parts[2].share, 0.2);
  }
}

TEST(SplitParts, RejectsOtherTexts) {
  const struct {
    const char *text, *message;
  } rows[] = {
      {"", "\"\" has no share: write NAME=SHARE,NAME=SHARE, such as train=0.8,test=0.2"},
      {"train=1", "a split has at least two parts, such as train=0.8,test=0.2"},
      {"train=0.8,", "\"\" has no share: write NAME=SHARE,NAME=SHARE, such as train=0.8,test=0.2"},
      {"train=0.8,test=0.1", "the shares add up to 0.9, not to 1 or 100"},
      {"train=90,test=5", "the shares add up to 95, not to 1 or 100"},
      {"train=0.5,train=0.5", "\"train\" occurs twice"},
      {"train=1.5,test=-0.5", "the share of test must be a number above 0, got \"-0.5\""},
      {"train=most,test=0.5", "the share of train must be a number above 0, got \"most\""},
      {"../train=0.5,test=0.5", "\"../train\" cannot name a part: use letters, digits, _, - and ."},
      {"=0.5,test=0.5", "\"\" cannot name a part: use letters, digits, _, - and ."},
  };
  for (const auto& row : rows)
    EXPECT_EQ(test::usage_error([&] { parse_parts(row.text); }), std::string("[split] --parts: ") + row.message);
}

}  // namespace
}  // namespace tagloom

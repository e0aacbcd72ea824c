// Spelling suggestions.
#include "engine/core/closest_match.h"

#include <gtest/gtest.h>

namespace tagloom {
namespace {

TEST(ClosestMatch, FindsTheNearestWord) {
  EXPECT_EQ(closest_match("bycicle", {"bus", "bicycle", "tricycle"}), "bicycle");
  EXPECT_EQ(closest_match("Dog", {"cat", "dog"}), "dog");
  EXPECT_EQ(closest_match("hosre", {"house", "horse"}), "horse");  // a swap counts once
}

TEST(ClosestMatch, IsEmptyIfNoCandidateIsNear) {
  EXPECT_EQ(closest_match("xylophone", {"cat", "dog"}), "");
  EXPECT_EQ(closest_match("ab", {"cd"}), "");
  EXPECT_EQ(closest_match("word", {}), "");
  EXPECT_EQ(closest_match("", {"a"}), "a");  // one insertion
}

TEST(ClosestMatch, PicksTheFirstOfEquals) { EXPECT_EQ(closest_match("bat", {"cat", "rat"}), "cat"); }

TEST(ClosestMatch, CompletesAMessage) {
  EXPECT_EQ(did_you_mean("bycicle", {"bicycle"}), " (did you mean \"bicycle\"?)");
  EXPECT_EQ(did_you_mean("xylophone", {"bicycle"}), "");
}

}  // namespace
}  // namespace tagloom

// Tests the spellings of tags that captioning programs use.
#include "tools/tag_rules/tag_style.h"

#include <gtest/gtest.h>

namespace tagloom {
namespace {

TEST(TagStyle, SpacesKeepKaomoji) {
  EXPECT_EQ(in_style("blue_sky", TagStyle::kSpaces), "blue sky");
  EXPECT_EQ(in_style("_1girl__solo_", TagStyle::kSpaces), "1girl  solo");
  EXPECT_EQ(in_style("\u6F22_\u5B57", TagStyle::kSpaces), "\u6F22 \u5B57");
  // The kaomoji that keep their underscores in the taggers of Stable Diffusion's web UI.
  for (const char* face : {"0_0", "(o)_(o)", "+_+", "+_-", "._.", "<o>_<o>", "<|>_<|>", "=_=", ">_<", "3_3", "6_9", ">_o", "@_@",
                           "^_^", "o_o", "u_u", "x_x", "|_|", "||_||"})
    EXPECT_EQ(in_style(face, TagStyle::kSpaces), face);
}

TEST(TagStyle, ConvertsToTheOtherStyles) {
  EXPECT_EQ(in_style("Saber (Fate)_x", TagStyle::kPlain), "Saber (Fate)_x");
  EXPECT_EQ(in_style("Saber (Fate)_x", TagStyle::kUnderscores), "Saber_(Fate)_x");
  EXPECT_EQ(in_style("Saber (\u00C9)_x", TagStyle::kBooru), "saber_(\u00C9)_x");
  EXPECT_EQ(in_style("saber_(fate\\x)", TagStyle::kPrompt), "saber \\(fate\\\\x\\)");
}

TEST(TagStyle, EveryNameIsAStyle) {
  for (size_t i = 0; i < tag_style_names().size(); ++i) EXPECT_EQ(static_cast<size_t>(tag_style_of(tag_style_names()[i])), i);
}

}  // namespace
}  // namespace tagloom

// Texts made safe to print: one line of UTF-8 of bounded length.
#include "kernels/text/utf8.h"

#include <gtest/gtest.h>

namespace tagloom {
namespace {

TEST(Printable, KeepsWellFormedText) { EXPECT_EQ(printable("a.tsv:3: tag \"Möwe\" … 海"), "a.tsv:3: tag \"Möwe\" … 海"); }

TEST(Printable, EscapesControlCharactersAndInvalidBytes) {
  EXPECT_EQ(printable("a\nb\t\x1b[31mc\x7f"), "a\\x0ab\t\\x1b[31mc\\x7f");
  EXPECT_EQ(printable("a\xff\xc3(\xe6\xb5"), "a\\xff\\xc3(\\xe6\\xb5");
  EXPECT_EQ(printable(std::string_view("\0", 1)), "\\x00");
}

TEST(Printable, ShortensTheMiddleOfALongText) {
  std::string text = "x";
  for (int i = 0; i < 10000; ++i) text += "é";
  text += ": leave it out";
  const std::string line = printable(text);
  EXPECT_LT(line.size(), 2100u);
  EXPECT_EQ(find_invalid_utf8(line), std::string::npos);
  EXPECT_TRUE(line.starts_with("xéé") && line.ends_with("é: leave it out")) << line;
  EXPECT_EQ(line.find("\\x"), std::string::npos) << line;
  EXPECT_LT(printable(std::string(1900, '\xFF')).size(), 2100u);  // escapes count
}

}  // namespace
}  // namespace tagloom

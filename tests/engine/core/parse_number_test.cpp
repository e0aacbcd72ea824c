// Decimal numbers, and texts that other parsers take for one.
#include "engine/core/parse_number.h"

#include <gtest/gtest.h>

#include <limits>

namespace tagloom {
namespace {

TEST(ParseNumber, TakesDecimalNumbers) {
  EXPECT_EQ(parse_integer("0"), 0);
  EXPECT_EQ(parse_integer("-3"), -3);
  EXPECT_EQ(parse_integer("+3"), 3);
  EXPECT_EQ(parse_integer("010"), 10);
  EXPECT_EQ(parse_integer("9223372036854775807"), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(parse_real("1.5e-3"), 1.5e-3);
  EXPECT_EQ(parse_real("+.5"), 0.5);
  EXPECT_EQ(parse_real("-2"), -2);
  EXPECT_EQ(parse_real("1.7976931348623157e308"), std::numeric_limits<double>::max());
}

TEST(ParseNumber, TakesNothingElse) {
  for (const char* text :
       {"",     " ",        " 1",   "1 ",     "+",     "-",      "+-1", "++1", "--1",   "nan",   "NaN", "-nan", "nan(1)", "inf",
        "-inf", "Infinity", "0x10", "0x1p-2", "1e999", "-1e999", "1x",  "1,5", "1_000", "1'000", "one", "1e",   "."}) {
    EXPECT_FALSE(parse_integer(text)) << text;
    EXPECT_FALSE(parse_real(text)) << text;
  }
  for (const char* text : {"1.0", "1e3", "9223372036854775808", "99999999999999999999"})
    EXPECT_FALSE(parse_integer(text)) << text;
}

}  // namespace
}  // namespace tagloom

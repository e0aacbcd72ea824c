// format() against literal values and printf.
#include "kernels/base/format.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <random>
#include <sstream>

namespace tagloom {
namespace {

TEST(Format, TakesValuesInOrder) {
  EXPECT_EQ(format("a is {}, b is {}", std::vector<int64_t>{2, 3}, "x"), "a is [2, 3], b is x");
}

TEST(Format, KeepsBracesWithoutValues) { EXPECT_EQ(format("{} of {}", 1), "1 of {}"); }

TEST(Format, PrintsInvalidPatternsUnformatted) {
  EXPECT_EQ(format("{} of {", 1), "{} of {");
  EXPECT_EQ(format("{:d} pictures", "three"), "{:d} pictures");
}

TEST(Format, DoubledBracesPrintBraces) { EXPECT_EQ(format("{{\"step\":{}}}", 3), "{\"step\":3}"); }

TEST(Format, PrintsEveryType) {
  enum Old { kFirst, kSecond };
  const std::string text = "text";
  const char* const none = nullptr;
  EXPECT_EQ(format("{} {}", true, false), "1 0");
  EXPECT_EQ(format("{} {} {}", -1, int64_t{-5000000000}, ~uint64_t{0}), "-1 -5000000000 18446744073709551615");
  EXPECT_EQ(format("{}{}{}", 'a', static_cast<unsigned char>('b'), static_cast<signed char>('c')), "abc");
  EXPECT_EQ(format("{} {} {} [{}]", text, std::string_view(text).substr(1), text.c_str(), none), "text ext text []");
  EXPECT_EQ(format("{} {}", std::vector<int64_t>{}, kSecond), "[] 1");
  EXPECT_EQ(format("{} {}", "{}", "{"), "{} {");
}

TEST(Format, FollowsSpecifications) {
  EXPECT_EQ(format("{:.3f} {:.{}f} {:.4g}", 0.37051, 1.25, 1, 1e-7), "0.371 1.2 1e-07");
  EXPECT_EQ(format("{:02}:{:016x} [{:<5}] [{:>5}]", 7, uint64_t{31}, "ab", "ab"), "07:000000000000001f [ab   ] [   ab]");
}

std::string printed(const char* pattern, double value) {
  char text[400];
  std::snprintf(text, sizeof text, pattern, value);
  return text;
}

// Documents, tables and files depend on the exact digits.
void expect_as_printed(double value) {
  std::ostringstream stream;
  stream << value;
  ASSERT_EQ(format("{}", value), stream.str());
  ASSERT_EQ(format("{:.17g}", value), printed("%.17g", value));
  ASSERT_EQ(format("{:.4g}", value), printed("%.4g", value));
  ASSERT_EQ(format("{:.0f}", value), printed("%.0f", value));
  ASSERT_EQ(format("{:.1f}", value), printed("%.1f", value));
  ASSERT_EQ(format("{:.{}f}", value, 3), printed("%.3f", value));
}

TEST(Format, RealNumbersMatchPrintf) {
  for (const double value :
       {0.0, -0.0, 0.5, 1.5, 2.5, 0.25, 0.125, 0.0005, 1e5, 999999.5, 1e6, 1e-5, 1e300, 5e-324, double(0.1f)})
    expect_as_printed(value);
  for (const double value : {INFINITY, -INFINITY, NAN, -NAN}) expect_as_printed(value);
  std::mt19937_64 random(5);
  for (int i = 0; i < 5000; ++i) {
    const auto bits = random();
    expect_as_printed(std::ldexp(static_cast<double>(bits >> 11), static_cast<int>(bits % 90) - 90));
    expect_as_printed(static_cast<double>(bits % 2000001) / 2000);  // near-ties at three decimals
    expect_as_printed(static_cast<double>(bits % 2000001) / 1024);  // exact ties
    expect_as_printed(static_cast<double>(static_cast<float>(bits) * 1e-20f));
  }
}

}  // namespace
}  // namespace tagloom

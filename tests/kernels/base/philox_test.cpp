// The generator against the known answers of Random123 (Salmon et al., SC 2011).
#include "kernels/base/philox.h"

#include <gtest/gtest.h>

namespace tagloom {
namespace {

void expect_words(const Philox4& actual, uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
  EXPECT_EQ(actual.v[0], a);
  EXPECT_EQ(actual.v[1], b);
  EXPECT_EQ(actual.v[2], c);
  EXPECT_EQ(actual.v[3], d);
}

TEST(Philox, MatchesKnownAnswers) {
  expect_words(philox(0, 0, 0), 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
  expect_words(philox(~0ull, ~0ull, ~0ull), 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
  // counter 243f6a88 85a308d3 13198a2e 03707344, key a4093822 299f31d0: digits of pi
  expect_words(philox(0x299f31d0a4093822, 0x0370734413198a2e, 0x85a308d3243f6a88), 0xd16cfe09, 0x94fdcceb, 0x5001e420,
               0x24126ea1);
}

TEST(Philox, IsUniform) {
  int counts[10] = {};
  for (uint64_t i = 0; i < 10000; ++i) {
    const float u = random_uniform({3, 4}, i);
    ASSERT_GE(u, 0.0f);
    ASSERT_LT(u, 1.0f);
    ++counts[static_cast<int>(u * 10)];
  }
  for (int count : counts) EXPECT_NEAR(count, 1000, 120);  // four standard deviations
}

}  // namespace
}  // namespace tagloom

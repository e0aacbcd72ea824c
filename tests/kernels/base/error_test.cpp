#include "kernels/base/error.h"

#include <gtest/gtest.h>

namespace tagloom {
namespace {

TEST(Error, MessagesTakeValuesInOrder) {
  EXPECT_EQ(format("a is {}, b is {}", std::vector<int64_t>{2, 3}, "x"), "a is [2, 3], b is x");
}

TEST(Error, MoreBracesThanValuesStay) { EXPECT_EQ(format("{} of {}", 1), "1 of {}"); }

TEST(Error, CheckThrowsWithItsKind) {
  try {
    TL_CHECK_AS(ErrorKind::kData, 1 == 2, "row {}", 7);
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData);
    EXPECT_STREQ(error.what(), "row 7");
  }
}

}  // namespace
}  // namespace tagloom

#include "kernels/base/error.h"

#include <gtest/gtest.h>

namespace tagloom {
namespace {

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

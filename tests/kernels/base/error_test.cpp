// TL_CHECK throws an Error of the right kind.
#include "kernels/base/error.h"

#include <gtest/gtest.h>

namespace tagloom {
namespace {

TEST(Error, CheckThrowsErrorOfItsKind) {
  try {
    TL_CHECK_AS(ErrorKind::kData, 1 == 2, "row {}", 7);
    FAIL() << "no exception";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kData);
    EXPECT_STREQ(error.what(), "row 7");
  }
}

TEST(Error, MessageIsOneLine) {
  EXPECT_STREQ(Error(ErrorKind::kData, "tag \"a\nb\xff\" is unknown").what(), "tag \"a\\x0ab\\xff\" is unknown");
}

}  // namespace
}  // namespace tagloom

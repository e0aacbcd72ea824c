#pragma once
// EXPECT_ERROR(kData, "a.txt: the part of the message that matters", statement);
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernels/base/error.h"

#define EXPECT_ERROR(error_kind, part, ...)                                      \
  do {                                                                           \
    try {                                                                        \
      __VA_ARGS__;                                                               \
      ADD_FAILURE() << "nothing was thrown; expected: " << (part);               \
    } catch (const ::tagloom::Error& error) {                                    \
      EXPECT_EQ(error.kind(), ::tagloom::ErrorKind::error_kind) << error.what(); \
      EXPECT_THAT(error.what(), ::testing::HasSubstr(part));                     \
    }                                                                            \
  } while (false)

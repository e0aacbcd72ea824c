#pragma once
// The whole message of the Error that an action throws:
//
//   EXPECT_EQ(data_error([&] { open(path); }), "a.txt:3: …");
#include <gtest/gtest.h>

#include <string>

#include "kernels/base/error.h"

namespace tagloom::test {

// "" and a test failure if nothing, or an Error of another kind, is thrown.
template <class Action>
std::string thrown_message(ErrorKind kind, const Action& action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return "";
}

template <class Action>
std::string data_error(const Action& action) {
  return thrown_message(ErrorKind::kData, action);
}

template <class Action>
std::string usage_error(const Action& action) {
  return thrown_message(ErrorKind::kUsage, action);
}

}  // namespace tagloom::test

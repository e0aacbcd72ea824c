#pragma once
// Turns errors about data into sentences, for programs that report a file and go on with the next.
#include <string>

#include "kernels/base/error.h"

namespace tagloom {

// Returns "", or the message of an Error(kData) that `action` throws, about a file that cannot be read or written.
template <class Action>
std::string problem_of(const Action& action) {
  try {
    action();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kData) throw;
    return error.what();
  }
  return "";
}

}  // namespace tagloom

#pragma once
// The one exception type, and the checks that throw it. Library code never prints, aborts or exits.
#include <stdexcept>
#include <string>

#include "kernels/base/format.h"

namespace tagloom {

// The category of an error, from which the tools derive their exit code.
enum class ErrorKind {
  kInternal,  // internal error: exit 1
  kUsage,     // settings or arguments: exit 2
  kData,      // a file or its content: exit 3
  kDevice,    // no such device, out of memory: exit 4
  kNumeric,   // the training diverged: exit 5
};

// what() is one line of UTF-8, also if the message quotes a file or a path that is not (kernels/text/utf8.h).
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message);
  ErrorKind kind() const { return kind_; }

 private:
  ErrorKind kind_;
};

template <class... Values>
[[noreturn]] void fail(ErrorKind kind, const char* pattern, const Values&... values) {
  throw Error(kind, format(pattern, values...));
}

[[noreturn]] void throw_cuda_not_built();

}  // namespace tagloom

// Checks the caller's arguments, in every build. TL_CHECK(rows > 0, "[softmax] needs rows, got {}", rows);
#define TL_CHECK(condition, ...) TL_CHECK_AS(::tagloom::ErrorKind::kUsage, condition, __VA_ARGS__)
#define TL_CHECK_AS(kind, condition, ...)                   \
  do {                                                      \
    if (!(condition)) ::tagloom::fail((kind), __VA_ARGS__); \
  } while (false)

// Checks an internal invariant, in debug builds only.
#ifdef NDEBUG
#define TL_DCHECK(condition, ...) ((void)0)
#else
#define TL_DCHECK(condition, ...) TL_CHECK_AS(::tagloom::ErrorKind::kInternal, condition, __VA_ARGS__)
#endif

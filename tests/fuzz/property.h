#pragma once
// What every fuzz target checks: the reader accepts the input, or throws one Error with a printable sentence.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "kernels/base/error.h"

namespace tagloom::fuzz {

using Input = std::span<const uint8_t>;

// Not an Error, so that it ends a fuzzer and fails a replay.
struct BrokenProperty : std::logic_error {
  using std::logic_error::logic_error;
};

// Throws BrokenProperty("`what`: `detail`").
void require(bool holds, const char* what, const std::string& detail = "");

// The result of `read` on what the project itself has written, which must not throw an Error.
template <class Read>
auto accepted(const Read& read) {
  try {
    return read();
  } catch (const Error& error) {
    throw BrokenProperty(std::string("what was written is refused: ") + error.what());
  }
}

// Runs a target. An Error is an answer if its message is a line of UTF-8 without control characters; anything else that is thrown
// passes.
void run(const std::function<void(Input)>& target, Input input);

inline std::string_view text_of(Input input) { return {reinterpret_cast<const char*>(input.data()), input.size()}; }

// The text between quotes, with quotes in it doubled.
std::string in_quotes(const std::string& text);

// Takes small numbers from the front of an input, which select options of the reader; the rest is the file.
class Choices {
 public:
  explicit Choices(Input input) : rest_(input) {}
  int below(int count);  // 0 when the input is used up
  uint64_t number();     // 8 bytes
  Input rest() const { return rest_; }

 private:
  Input rest_;
};

}  // namespace tagloom::fuzz

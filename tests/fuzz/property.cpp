#include "tests/fuzz/property.h"

#include <algorithm>

#include "kernels/text/utf8.h"

namespace tagloom::fuzz {
namespace {

bool is_control(char c) { return c != '\t' && (static_cast<unsigned char>(c) < 0x20 || c == 0x7f); }

}  // namespace

void require(bool holds, const char* what, const std::string& detail) {
  if (!holds) throw BrokenProperty(detail.empty() ? what : what + (": " + detail));
}

void run(const std::function<void(Input)>& target, Input input) {
  try {
    target(input);
  } catch (const Error& error) {
    const std::string message = error.what();
    require(!message.empty(), "an Error has no message");
    require(error.kind() != ErrorKind::kInternal, "an internal error", message);
    require(find_invalid_utf8(message) == std::string_view::npos, "a message is not UTF-8", message);
    require(std::none_of(message.begin(), message.end(), is_control), "a message has control characters", message);
    require(message.size() < 4096, "a message is long", message);
  }
}

std::string in_quotes(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + "\"";
}

int Choices::below(int count) {
  if (rest_.empty()) return 0;
  const int choice = rest_.front() % count;
  rest_ = rest_.subspan(1);
  return choice;
}

uint64_t Choices::number() {
  uint64_t number = 0;
  for (int i = 0; i < 8; ++i) number |= static_cast<uint64_t>(below(256)) << (8 * i);
  return number;
}

}  // namespace tagloom::fuzz

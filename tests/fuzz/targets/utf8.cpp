// UTF-8 validation against a decoder that computes code points, and texts made safe to print.
#include "kernels/text/utf8.h"

#include "tests/fuzz/property.h"

namespace tagloom::fuzz {
namespace {

// The number of bytes of the character at the front, or 0.
size_t length_of_character(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  if (lead < 0x80) return 1;
  const size_t length = lead >> 5 == 6 ? 2 : lead >> 4 == 14 ? 3 : lead >> 3 == 30 ? 4 : 0;
  if (length == 0 || text.size() < length) return 0;
  uint32_t point = lead & (0x7Fu >> length);
  for (size_t i = 1; i < length; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte >> 6 != 2) return 0;
    point = point << 6 | (byte & 63);
  }
  constexpr uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = point >= 0xD800 && point < 0xE000;
  return point >= kLeast[length] && point <= 0x10FFFF && !surrogate ? length : 0;
}

size_t first_invalid(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const size_t length = length_of_character(text.substr(at));
    if (length == 0) return at;
    at += length;
  }
  return std::string_view::npos;
}

}  // namespace

void utf8(Input input) {
  const std::string_view text = text_of(input);
  require(find_invalid_utf8(text) == first_invalid(text), "another byte is the first invalid one");
  const std::string line = printable(text);
  require(first_invalid(line) == std::string_view::npos && line.size() <= 2000 + 5, "a text is not printable");
  require(printable(line) == line || line.size() > 2000, "printing changes a printable text");
}

}  // namespace tagloom::fuzz

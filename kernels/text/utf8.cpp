// Validates by the table of well-formed byte sequences (Unicode 15, table 3-7).
#include "kernels/text/utf8.h"

#include <cstdint>

namespace tagloom {
namespace {

constexpr size_t kMostHead = 1500, kMostTail = 500;  // of a long text

void append_escaped(char c, std::string& out) {
  constexpr char kDigits[] = "0123456789abcdef";
  out += "\\x";
  out += kDigits[c >> 4 & 15];
  out += kDigits[c & 15];
}

bool is_plain(char c) { return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f); }

bool is_inside(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }  // not the first byte of a character

std::string escaped(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::string_view valid = text.substr(0, find_invalid_utf8(text));
    for (const char c : valid) {
      if (is_plain(c)) {
        out += c;
      } else {
        append_escaped(c, out);
      }
    }
    text.remove_prefix(valid.size());
    if (text.empty()) break;
    append_escaped(text.front(), out);
    text.remove_prefix(1);
  }
  return out;
}

}  // namespace

size_t find_invalid_utf8(std::string_view text) {
  const auto byte = [&](size_t at) { return static_cast<uint8_t>(text[at]); };
  size_t at = 0;
  while (at < text.size()) {
    const uint8_t lead = byte(at);
    if (lead < 0x80) {
      ++at;
      continue;
    }
    size_t length = 0;
    uint8_t low = 0x80, high = 0xBF;  // range of the second byte
    if (lead >= 0xC2 && lead <= 0xDF) length = 2;
    if (lead >= 0xE0 && lead <= 0xEF) length = 3;
    if (lead >= 0xF0 && lead <= 0xF4) length = 4;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
    if (length == 0 || text.size() - at < length || byte(at + 1) < low || byte(at + 1) > high) return at;
    for (size_t i = 2; i < length; ++i)
      if ((byte(at + i) & 0xC0) != 0x80) return at;
    at += length;
  }
  return std::string_view::npos;
}

std::string with_replacements(std::string_view text) {
  std::string valid;
  for (size_t bad; (bad = find_invalid_utf8(text)) != text.npos; text.remove_prefix(bad + 1)) {
    valid.append(text.substr(0, bad)).append("\xEF\xBF\xBD");
  }
  return valid.append(text);
}

std::string printable(std::string_view text) {
  const std::string line = escaped(text);
  if (line.size() <= kMostHead + kMostTail) return line;
  size_t head = kMostHead, tail = line.size() - kMostTail;  // neither cut splits a character
  while (is_inside(line[head])) --head;
  while (is_inside(line[tail])) ++tail;
  return line.substr(0, head) + " … " + line.substr(tail);
}

}  // namespace tagloom

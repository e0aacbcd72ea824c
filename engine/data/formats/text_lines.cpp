// Splits a text at its newlines and checks each line.
#include "engine/data/formats/text_lines.h"

#include <algorithm>

#include "kernels/base/error.h"
#include "kernels/text/utf8.h"

namespace tagloom {
namespace {

void check_encoding(std::string_view text, const std::string& place, int64_t offset) {
  const size_t invalid = find_invalid_utf8(text);
  TL_CHECK_AS(ErrorKind::kData, invalid == text.npos, "{}: byte {} is not UTF-8; save the file as UTF-8", place,
              offset + static_cast<int64_t>(invalid) + 1);
}

void check_no_mark(std::string_view text, const std::string& place, int64_t offset) {
  const size_t mark = text.find(kByteOrderMark);
  TL_CHECK_AS(ErrorKind::kData, mark == text.npos,
              "{}: byte {} begins a byte order mark (U+FEFF), which is allowed only at the start of a file; remove it", place,
              offset + static_cast<int64_t>(mark) + 1);
}

void check_characters(std::string_view text, const std::string& place, int64_t offset, bool (*is_refused)(char)) {
  const auto found = std::find_if(text.begin(), text.end(), is_refused);
  TL_CHECK_AS(ErrorKind::kData, found == text.end(), "{}: byte {} is a control character (code {})", place,
              offset + (found - text.begin()) + 1, static_cast<int>(static_cast<unsigned char>(*found)));
}

}  // namespace

TextLines::TextLines(std::string_view text, std::string name) : rest_(without_byte_order_mark(text)), name_(std::move(name)) {}

std::string TextLines::place() const { return name_ + ":" + std::to_string(number_); }

bool TextLines::next() {
  if (rest_.empty()) return false;
  const size_t end = std::min(rest_.find('\n'), rest_.size());
  line_ = rest_.substr(0, end);
  rest_.remove_prefix(std::min(end + 1, rest_.size()));
  if (line_.ends_with('\r')) line_.remove_suffix(1);
  ++number_;
  if (!is_plain_text(line_)) check_text(line_, place());
  return true;
}

bool is_plain_text(std::string_view text) {
  unsigned char odd = 0;  // no branch, so that the loop is vectorized
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    odd |= static_cast<unsigned char>((code < 0x20 && code != '\t') || code >= 0x7F);
  }
  return odd == 0;
}

void check_text(std::string_view text, const std::string& place, int64_t offset) {
  if (is_plain_text(text)) return;
  check_encoding(text, place, offset);
  check_no_mark(text, place, offset);
  check_characters(text, place, offset, [](char c) {
    const auto code = static_cast<unsigned char>(c);
    return (code < 0x20 && c != '\t') || code == 0x7F;
  });
}

void check_path_text(std::string_view text, const std::string& place) {
  check_encoding(text, place, 0);
  check_characters(text, place, 0, [](char c) { return c == '\0'; });
}

std::string_view without_byte_order_mark(std::string_view text) {
  return text.starts_with(kByteOrderMark) ? text.substr(kByteOrderMark.size()) : text;
}

std::string_view trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t");
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

}  // namespace tagloom

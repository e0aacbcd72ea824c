#include "engine/data/formats/quoted_fields.h"

#include <algorithm>

#include "engine/data/formats/text_lines.h"
#include "kernels/base/error.h"

namespace tagloom {

QuotedFields::QuotedFields(std::string_view text, std::string name)
    : rest_(without_byte_order_mark(text)), line_start_(rest_.data()), name_(std::move(name)) {}

std::string QuotedFields::place() const { return name_ + ":" + std::to_string(first_line_); }

bool QuotedFields::next_row(std::string_view blanks) {
  while (!rest_.empty()) {
    first_line_ = line_;
    const std::string_view line = rest_.substr(0, rest_.find('\n'));
    const size_t text = line.find_first_not_of(blanks);
    if (text != line.npos && line.substr(text) != "\r") return true;
    rest_.remove_prefix(line.size());
    end_row("");
  }
  return false;
}

bool QuotedFields::take(char c) {
  if (!rest_.starts_with(c)) return false;
  rest_.remove_prefix(1);
  return true;
}

void QuotedFields::skip_blanks(char before) {
  const size_t blanks = std::min(rest_.find_first_not_of(' '), rest_.size());
  const std::string_view after = rest_.substr(blanks);
  if (after.empty() || after[0] == before || after[0] == '\n' || after[0] == '\r') rest_ = after;
}

void QuotedFields::end_row(std::string_view after_quotes) {
  take('\r');
  const bool ended = take('\n') || rest_.empty();
  TL_CHECK_AS(ErrorKind::kData, ended, "{}:{}: {} or the end of the line must follow a closing quote", name_, line_,
              after_quotes);
  ++line_;
  line_start_ = rest_.data();
}

std::string QuotedFields::field(std::string_view separators) {
  offset_ = rest_.data() - line_start_;
  quoted_ = take('"');
  if (quoted_) return quoted_field();
  if (line_end_ < rest_.data()) line_end_ = rest_.data() + std::min(rest_.find('\n'), rest_.size());
  std::string_view field = rest_.substr(0, static_cast<size_t>(line_end_ - rest_.data()));
  if (field.ends_with('\r')) field.remove_suffix(1);
  field = field.substr(0, field.find_first_of(separators));
  rest_.remove_prefix(field.size());
  return std::string(field);
}

std::string QuotedFields::quoted_field() {
  std::string field;
  while (true) {
    const size_t quote = rest_.find('"');
    TL_CHECK_AS(ErrorKind::kData, quote != rest_.npos, "{}: a quote opens in this row and is never closed", place());
    const std::string_view part = rest_.substr(0, quote);
    line_ += std::count(part.begin(), part.end(), '\n');
    field += part;
    rest_.remove_prefix(quote + 1);
    if (!take('"')) return field;
    field += '"';
  }
}

}  // namespace tagloom

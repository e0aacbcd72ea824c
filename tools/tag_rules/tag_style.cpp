#include "tools/tag_rules/tag_style.h"

#include <algorithm>

#include "engine/data/formats/text_lines.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

// Bytes of characters outside ASCII count as letters.
bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
}

bool is_emoticon(std::string_view tag) {
  const auto both = [](char a, char b) { return is_letter_or_digit(a) && is_letter_or_digit(b); };
  return std::adjacent_find(tag.begin(), tag.end(), both) == tag.end();
}

std::string with_spaces(std::string_view tag) {
  std::string text(tag);
  if (is_emoticon(tag)) return text;
  std::replace(text.begin(), text.end(), '_', ' ');
  return std::string(trim(text));
}

std::string with_underscores(std::string_view tag) {
  std::string text(tag);
  std::replace(text.begin(), text.end(), ' ', '_');
  return text;
}

std::string in_lower_case(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == '(' || c == ')') out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

const std::vector<std::string>& tag_style_names() {
  static const std::vector<std::string> names = {"plain", "spaces", "underscores", "booru", "prompt"};
  return names;
}

TagStyle tag_style_of(std::string_view name) {
  const std::vector<std::string>& names = tag_style_names();
  const auto found = std::find(names.begin(), names.end(), name);
  TL_CHECK(found != names.end(), "\"{}\" is not a tag style", name);
  return static_cast<TagStyle>(found - names.begin());
}

std::string in_style(std::string_view tag, TagStyle style) {
  switch (style) {
    case TagStyle::kPlain:
      return std::string(tag);
    case TagStyle::kSpaces:
      return with_spaces(tag);
    case TagStyle::kUnderscores:
      return with_underscores(tag);
    case TagStyle::kBooru:
      return in_lower_case(with_underscores(tag));
    case TagStyle::kPrompt:
      return escaped(with_spaces(tag));
  }
  fail(ErrorKind::kInternal, "[in_style] unknown style {}", static_cast<int>(style));
}

std::string spelling_key(std::string_view tag) {
  std::string text(tag);
  std::replace(text.begin(), text.end(), '_', ' ');
  return in_lower_case(std::string(trim(text)));
}

}  // namespace tagloom

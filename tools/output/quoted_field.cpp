#include "tools/output/quoted_field.h"

#include <algorithm>

#include "engine/data/formats/text_lines.h"

namespace tagloom {

std::string quoted_field(const std::string& text, std::string_view separators) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  const bool plain = text.find_first_of(separators) == text.npos && text.find('"') == text.npos &&
                     text.find(kByteOrderMark) == text.npos && std::none_of(text.begin(), text.end(), is_control) &&
                     !text.starts_with(' ') && !text.ends_with(' ');
  if (plain) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

}  // namespace tagloom

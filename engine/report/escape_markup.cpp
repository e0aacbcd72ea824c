// Replaces the characters that HTML and XML reserve, and those that XML does not allow at all.
#include "engine/report/escape_markup.h"

#include "kernels/text/utf8.h"

namespace tagloom {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

bool is_forbidden(char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r'; }
bool begins_noncharacter(std::string_view text) { return text.starts_with("\xEF\xBF\xBE") || text.starts_with("\xEF\xBF\xBF"); }

void append_escaped(std::string_view valid, bool quotes, std::string& out) {
  for (; !valid.empty(); valid.remove_prefix(1)) {
    const char c = valid.front();
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"' && quotes) {
      out += "&quot;";
    } else if (c == '\'' && quotes) {
      out += "&#39;";
    } else if (is_forbidden(c)) {
      out += kReplacement;
    } else if (begins_noncharacter(valid)) {
      out += kReplacement;
      valid.remove_prefix(2);
    } else {
      out += c;
    }
  }
}

}  // namespace

std::string escape_markup(std::string_view text, MarkupPlace place) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::string_view valid = text.substr(0, find_invalid_utf8(text));
    append_escaped(valid, place == MarkupPlace::kAnywhere, out);
    text.remove_prefix(valid.size());
    if (text.empty()) break;
    out += kReplacement;
    text.remove_prefix(1);
  }
  return out;
}

}  // namespace tagloom

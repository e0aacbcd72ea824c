// Replaces the characters that HTML and XML reserve, and those that XML does not allow at all.
#include "engine/report/escape_markup.h"

#include "kernels/text/utf8.h"

namespace tagloom {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

bool is_forbidden(char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r'; }
bool begins_noncharacter(std::string_view text) { return text.starts_with("\xEF\xBF\xBE") || text.starts_with("\xEF\xBF\xBF"); }

}  // namespace

std::string escape_markup(std::string_view text, MarkupPlace place) {
  const bool quotes = place == MarkupPlace::kAnywhere;
  const std::string valid = with_replacements(text);
  std::string out;
  out.reserve(valid.size());
  for (size_t i = 0; i < valid.size(); ++i) {
    const char c = valid[i];
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
    } else if (begins_noncharacter(std::string_view(valid).substr(i))) {
      out += kReplacement;
      i += 2;
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace tagloom

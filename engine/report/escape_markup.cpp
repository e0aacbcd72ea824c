// Replaces the characters that HTML and XML reserve.
#include "engine/report/escape_markup.h"

namespace tagloom {

std::string escape_markup(std::string_view text, MarkupPlace place) {
  const bool quotes = place == MarkupPlace::kAnywhere;
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
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
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace tagloom

#pragma once
// Escapes text for HTML or XML.
#include <string>
#include <string_view>

namespace tagloom {

enum class MarkupPlace {
  kAnywhere,     // between tags or inside a quoted attribute: & < > " '
  kBetweenTags,  // & < >; quotes are unchanged
};

std::string escape_markup(std::string_view text, MarkupPlace place = MarkupPlace::kAnywhere);

}  // namespace tagloom

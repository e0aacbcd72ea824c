#pragma once
// A strict checker of XML and of HTML as the project writes it.
#include <string>
#include <string_view>
#include <vector>

namespace tagloom::fuzz {

// Throws BrokenProperty unless every element is closed, attributes are quoted, no other < or & occurs, and all characters are
// allowed in XML 1.0. With `html`, elements such as <meta> have no end, and attributes may lack a value. Returns the text, with
// entities replaced, of each element called `element`.
std::vector<std::string> check_markup(std::string_view text, bool html, std::string_view element);

}  // namespace tagloom::fuzz

#pragma once
// Writes the special characters of an XML tree as references. pugixml itself writes a carriage return unescaped, which the next reader takes
// for a line feed; leaves > in attributes, which exiftool takes for the end of the tag; and turns what an encoding lacks into a
// question mark.
#include <pugixml.hpp>

namespace tagloom {

constexpr char32_t kLastCharacter = 0x10FFFF;

// Escapes every text and attribute of `tree`, to be saved with pugi::format_no_escapes. Characters after `last` become references, too.
void escape_all(pugi::xml_document& tree, char32_t last);

}  // namespace tagloom

#pragma once
// UTF-8: validation, and texts made valid or safe to print.
#include <cstddef>
#include <string>
#include <string_view>

namespace tagloom {

// The offset of the first byte that is not part of a well-formed character, or npos. Overlong forms, surrogates and code points
// above U+10FFFF are not well-formed.
size_t find_invalid_utf8(std::string_view text);

// The text as one line of UTF-8: control characters except tabs, and bytes that are not UTF-8, become \x0a; the middle of a long text
// becomes " … ".
std::string printable(std::string_view text);

// The text with U+FFFD in place of every byte that is not part of a well-formed character.
std::string with_replacements(std::string_view text);

}  // namespace tagloom

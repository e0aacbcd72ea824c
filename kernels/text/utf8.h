#pragma once
// UTF-8 validation.
#include <cstddef>
#include <string_view>

namespace tagloom {

// The offset of the first byte that is not part of a well-formed character, or npos. Overlong forms, surrogates and code points
// above U+10FFFF are not well-formed.
size_t find_invalid_utf8(std::string_view text);

}  // namespace tagloom

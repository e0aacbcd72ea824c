#pragma once
// Whether text is well-formed UTF-8.
#include <cstddef>
#include <string_view>

namespace tagloom {

// The place of the first byte that is not part of a well-formed character (overlong forms, surrogates and
// code points past U+10FFFF are not), or npos when all is well.
size_t find_invalid_utf8(std::string_view text);

}  // namespace tagloom

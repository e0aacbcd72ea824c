#pragma once
// Strict parsing of decimal numbers.
#include <cstdint>
#include <optional>
#include <string_view>

namespace tagloom {

// The whole text must be one finite decimal number, as in "-3", "+3" or "1.5e-3". Spaces, hexadecimal digits, "nan", "inf" and numbers
// that the type cannot hold are rejected.
std::optional<int64_t> parse_integer(std::string_view text);
std::optional<double> parse_real(std::string_view text);

}  // namespace tagloom

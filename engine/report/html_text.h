#pragma once
// Small pieces of a page: escaped text, numbers as a reader wants them, pictures inside the page.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tagloom {

std::string html_escape(std::string_view text);  // safe between tags and inside quoted attributes
std::string base64(const std::vector<uint8_t>& bytes);
std::string grouped(int64_t value);               // "12,345"
std::string decimal(double value, int decimals);  // "0.371"; an en dash where it is not finite
std::string short_number(double value);           // about four significant digits, for axes and legends

}  // namespace tagloom

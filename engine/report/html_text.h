#pragma once
// Small pieces of a page: numbers as a reader wants them, pictures inside the page.
#include <cstdint>
#include <string>
#include <vector>

namespace tagloom {

std::string base64(const std::vector<uint8_t>& bytes);
std::string grouped(int64_t value);               // "12,345"
std::string decimal(double value, int decimals);  // "0.371"; an en dash where it is not finite
std::string short_number(double value);           // about four significant digits, for axes and legends

}  // namespace tagloom

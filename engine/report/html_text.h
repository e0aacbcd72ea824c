#pragma once
// Formats numbers and embeds pictures for report.html.
#include <cstdint>
#include <string>
#include <vector>

namespace tagloom {

std::string base64(const std::vector<uint8_t>& bytes);
std::string grouped(int64_t value);               // "12,345"
std::string decimal(double value, int decimals);  // "0.371"; an en dash if not finite
std::string short_number(double value);           // about four significant digits, for axes and legends

}  // namespace tagloom

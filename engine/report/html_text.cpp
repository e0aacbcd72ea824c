// Base64, digit grouping, and short decimal numbers.
#include "engine/report/html_text.h"

#include <cmath>

#include "kernels/base/format.h"

namespace tagloom {

std::string base64(const std::vector<uint8_t>& bytes) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t left = bytes.size() - i;
    const uint32_t three = bytes[i] << 16 | (left > 1 ? bytes[i + 1] << 8 : 0) | (left > 2 ? bytes[i + 2] : 0);
    out += kDigits[three >> 18];
    out += kDigits[three >> 12 & 63];
    out += left > 1 ? kDigits[three >> 6 & 63] : '=';
    out += left > 2 ? kDigits[three & 63] : '=';
  }
  return out;
}

std::string grouped(int64_t value) {
  const std::string digits = std::to_string(value);
  std::string out;
  for (size_t i = 0; i < digits.size(); ++i) {
    const bool starts_group = i > 0 && digits[i - 1] != '-' && (digits.size() - i) % 3 == 0;
    if (starts_group) out += ',';
    out += digits[i];
  }
  return out;
}

std::string decimal(double value, int decimals) {
  if (!std::isfinite(value)) return "–";
  return format("{:.{}f}", value, decimals);
}

std::string short_number(double value) {
  if (!std::isfinite(value)) return "–";
  if (std::abs(value) >= 1000 && std::abs(value) < 1e9) return grouped(std::llround(value));
  return format("{:.4g}", value);
}

}  // namespace tagloom

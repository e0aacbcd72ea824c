// Quotes a word for a shell.
#include "kernels/text/shell_quoted.h"

#include "kernels/base/format.h"
#include "kernels/text/utf8.h"

namespace tagloom {

std::string shell_quoted(const std::string& word) {
  static constexpr char kPlain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  if (find_invalid_utf8(word) != word.npos) {
    std::string out = "$'";
    for (const char c : word) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte < 0x20 || byte >= 0x7f || c == '\'' || c == '\\') {
        out += format("\\x{:02X}", static_cast<int>(byte));
      } else {
        out += c;
      }
    }
    return out += '\'';
  }
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out += '\'';
}

}  // namespace tagloom

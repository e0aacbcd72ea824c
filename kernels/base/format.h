#pragma once
// Formats text with values: format("{} of {}", 3, 4) is "3 of 4". Patterns are those of {fmt}: {:.3f}, {:>8}, {:016x}; {{ and }}
// print a brace. A bare {} prints a real number with six significant digits, and true and false as 1 and 0.
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace tagloom {
namespace detail {

// A type-erased value, so that one function formats all types. It refers to texts and lists and must not outlive them.
class FormatValue {
 public:
  enum class Kind : uint8_t { kInteger, kUnsigned, kReal, kCharacter, kText, kList };

  template <class T>
  explicit FormatValue(const T& value) {
    if constexpr (std::is_same_v<T, char> || std::is_same_v<T, signed char> || std::is_same_v<T, unsigned char>) {
      kind = Kind::kCharacter;
      character = static_cast<char>(value);
    } else if constexpr (std::is_floating_point_v<T>) {
      kind = Kind::kReal;
      real = static_cast<double>(value);
    } else if constexpr (std::is_same_v<T, bool> || std::is_signed_v<T> ||
                         (std::is_enum_v<T> && std::is_convertible_v<T, int64_t>)) {
      kind = Kind::kInteger;
      integer = static_cast<int64_t>(value);
    } else if constexpr (std::is_unsigned_v<T>) {
      kind = Kind::kUnsigned;
      natural = static_cast<uint64_t>(value);
    } else if constexpr (std::is_same_v<T, std::vector<int64_t>>) {
      kind = Kind::kList;
      list = &value;
    } else {
      static_assert(std::is_same_v<T, std::string> || std::is_same_v<T, std::string_view> ||
                        std::is_same_v<std::decay_t<T>, const char*> || std::is_same_v<std::decay_t<T>, char*>,
                    "format() takes numbers, texts and std::vector<int64_t>");
      kind = Kind::kText;
      text = text_of(value);
    }
  }

  Kind kind;
  union {
    int64_t integer;
    uint64_t natural;
    double real;
    char character;
    std::string_view text;
    const std::vector<int64_t>* list;
  };

 private:
  static std::string_view text_of(std::string_view text) { return text; }
  static std::string_view text_of(const char* text) { return text == nullptr ? std::string_view() : std::string_view(text); }
};

std::string format_values(const char* pattern, std::initializer_list<FormatValue> values);

}  // namespace detail

template <class... Values>
std::string format(const char* pattern, const Values&... values) {
  return detail::format_values(pattern, {detail::FormatValue(values)...});
}

}  // namespace tagloom

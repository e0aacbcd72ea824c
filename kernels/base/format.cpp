// format() on {fmt}, whose headers no other file includes.
#include "kernels/base/format.h"

#include <fmt/args.h>
#include <fmt/format.h>

#include <algorithm>

namespace tagloom::detail {
namespace {

struct Real {
  double value;
};

}  // namespace
}  // namespace tagloom::detail

template <>
struct fmt::formatter<tagloom::detail::Real> : fmt::formatter<double> {
  constexpr auto parse(format_parse_context& context) {
    bare_ = context.begin() == context.end() || *context.begin() == '}';
    return formatter<double>::parse(context);
  }
  auto format(tagloom::detail::Real real, format_context& context) const {
    if (bare_) return fmt::format_to(context.out(), "{:g}", real.value);
    return formatter<double>::format(real.value, context);
  }

 private:
  bool bare_ = false;
};

namespace tagloom::detail {

std::string format_values(const char* pattern, std::initializer_list<FormatValue> values) {
  using Kind = FormatValue::Kind;
  const std::string_view text = pattern;
  fmt::dynamic_format_arg_store<fmt::format_context> arguments;
  for (const FormatValue& value : values) {
    switch (value.kind) {
      case Kind::kInteger:
        arguments.push_back(value.integer);
        break;
      case Kind::kUnsigned:
        arguments.push_back(value.natural);
        break;
      case Kind::kReal:
        arguments.push_back(Real{value.real});
        break;
      case Kind::kCharacter:
        arguments.push_back(value.character);
        break;
      case Kind::kText:
        arguments.push_back(value.text);
        break;
      case Kind::kList:
        arguments.push_back(fmt::format("[{}]", fmt::join(*value.list, ", ")));
        break;
    }
  }
  // A mistake in a pattern must not hide the message: a missing value leaves its braces, an invalid pattern is printed
  // unformatted.
  const auto places = static_cast<size_t>(std::count(text.begin(), text.end(), '{'));
  for (size_t i = values.size(); i < places; ++i) arguments.push_back(std::string_view("{}"));
  try {
    return fmt::vformat(text, arguments);
  } catch (const fmt::format_error&) {
    return pattern;
  }
}

}  // namespace tagloom::detail

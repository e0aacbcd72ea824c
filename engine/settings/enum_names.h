#pragma once
// Names of enum values, defined once next to the enum and used for parsing, help and messages.
//
//   enum class Crop { kCenter, kRandom };
//   template <>
//   inline constexpr auto kEnumNames<Crop> = names_of<Crop>({{Crop::kCenter, "center"}, {Crop::kRandom, "random"}});
#include <array>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace tagloom {

template <class Enum>
using EnumName = std::pair<Enum, const char*>;

template <class Enum, size_t kCount>
constexpr std::array<EnumName<Enum>, kCount> names_of(const EnumName<Enum> (&names)[kCount]) {
  return std::to_array(names);
}

// Specialised next to each enum with names; help lists them in this order.
template <class Enum>
inline constexpr std::array<EnumName<Enum>, 0> kEnumNames{};

template <class Enum>
constexpr const char* name_of(Enum value) {
  for (const EnumName<Enum>& name : kEnumNames<Enum>) {
    if (name.first == value) return name.second;
  }
  return "?";
}

template <class Enum>
std::vector<std::string> all_names() {
  std::vector<std::string> names;
  for (const EnumName<Enum>& name : kEnumNames<Enum>) names.emplace_back(name.second);
  return names;
}

}  // namespace tagloom

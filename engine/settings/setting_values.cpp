// Parses values of settings, checks their type and range, and stores them.
#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/core/closest_match.h"
#include "engine/core/parse_number.h"
#include "engine/settings/setting_table.h"
#include "kernels/base/error.h"
#include "kernels/text/utf8.h"

namespace tagloom {
namespace {

// For a key without its section, such as "learning_rate", suggests "optim.learning_rate".
std::string nearest_key(const SettingTable& table, const std::string& key) {
  const std::vector<std::string> keys = table.keys();
  for (const std::string& known : keys) {
    if (known.ends_with("." + key)) return " (did you mean \"" + known + "\"?)";
  }
  return did_you_mean(key, keys);
}

const Setting& require_setting(const SettingTable& table, const std::string& key, const std::string& where) {
  const Setting* setting = table.find(key);
  TL_CHECK(setting != nullptr, "{}: unknown key \"{}\"{}", where, key, nearest_key(table, key));
  return *setting;
}

[[noreturn]] void fail_value(const Setting& setting, const std::string& given, const std::string& where) {
  const std::string hint = setting.choices.empty() ? "" : did_you_mean(given, setting.choices);
  fail(ErrorKind::kUsage, "{}: {} takes {}, got {}{}", where, setting.key, setting.values_text(), given, hint);
}

std::string trimmed(const std::string& text) {
  const size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// "[0.1, 0.2]" or "0.1,0.2"; an empty list is "[]" or "".
bool parse_reals(std::string text, std::vector<double>& values) {
  text = trimmed(text);
  if (text.size() >= 2 && text.front() == '[' && text.back() == ']') text = trimmed(text.substr(1, text.size() - 2));
  if (text.empty()) return true;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t comma = std::min(text.find(',', begin), text.size());
    const std::optional<double> value = parse_real(trimmed(text.substr(begin, comma - begin)));
    if (!value) return false;
    values.push_back(*value);
    begin = comma + 1;
  }
  return true;
}

std::optional<SettingValue> parsed(SettingType type, const std::string& text) {
  std::vector<double> reals;
  switch (type) {
    case SettingType::kFlag:
      if (text == "true" || text == "false") return text == "true";
      break;
    case SettingType::kInteger:
      if (const auto integer = parse_integer(text)) return *integer;
      break;
    case SettingType::kReal:
      if (const auto real = parse_real(text)) return *real;
      break;
    case SettingType::kReals:
    case SettingType::kNumbers:
      if (parse_reals(text, reals)) return reals;
      break;
    case SettingType::kText:
    case SettingType::kChoice:
      return text;
  }
  return std::nullopt;
}

// Converts the value to the setting's type, or throws. A real setting accepts an integer, and a choice of "true", "false" or
// numbers accepts them unquoted.
SettingValue converted(const Setting& setting, const SettingValue& value, const std::string& where) {
  if (setting.type == SettingType::kReal && std::holds_alternative<int64_t>(value)) {
    return static_cast<double>(std::get<int64_t>(value));
  }
  if (setting.type == SettingType::kNumbers && !std::holds_alternative<std::vector<double>>(value)) {  // one number
    if (const auto* integer = std::get_if<int64_t>(&value)) return std::vector<double>{static_cast<double>(*integer)};
    if (const auto* real = std::get_if<double>(&value)) return std::vector<double>{*real};
  }
  if (setting.type == SettingType::kChoice && !std::holds_alternative<std::string>(value)) return value_text(value);
  if (setting.default_value.index() != value.index()) fail_value(setting, value_text(value), where);
  return value;
}

// Models compute in floats.
bool fits_float(double value) { return std::abs(value) <= double{std::numeric_limits<float>::max()}; }  // false for NaN

bool is_allowed(const Setting& setting, const SettingValue& value) {
  if (const auto* integer = std::get_if<int64_t>(&value)) return setting.range.contains(static_cast<double>(*integer));
  if (const auto* real = std::get_if<double>(&value)) return fits_float(*real) && setting.range.contains(*real);
  if (const auto* reals = std::get_if<std::vector<double>>(&value); reals && setting.type == SettingType::kNumbers) {
    return !reals->empty() &&
           std::all_of(reals->begin(), reals->end(), [&](double x) { return fits_float(x) && setting.range.contains(x); });
  }
  if (const auto* reals = std::get_if<std::vector<double>>(&value)) {
    return (reals->empty() || reals->size() == 3) && std::all_of(reals->begin(), reals->end(), fits_float);
  }
  if (const auto* text = std::get_if<std::string>(&value)) {
    if (setting.accepts != nullptr) return setting.accepts(*text);
    return setting.choices.empty() || std::find(setting.choices.begin(), setting.choices.end(), *text) != setting.choices.end();
  }
  return true;
}

}  // namespace

bool SettingRange::contains(double value) const {
  return (minimum_open ? value > minimum : value >= minimum) && (maximum_open ? value < maximum : value <= maximum);
}

SettingValue checked_value(const SettingTable& table, const Assignment& assignment) {
  const Setting& setting = require_setting(table, assignment.key, assignment.where);
  SettingValue value = converted(setting, assignment.value, assignment.where);
  if (!is_allowed(setting, value)) fail_value(setting, value_text(assignment.value), assignment.where);
  const auto* text = std::get_if<std::string>(&value);
  TL_CHECK(text == nullptr || find_invalid_utf8(*text) == std::string::npos,
           "{}: {} = \"{}\" is not UTF-8, so config.toml cannot contain it: rename the file or folder", assignment.where,
           assignment.key, *text);
  return value;
}

Assignment assignment_from_text(const SettingTable& table, const std::string& key, const std::string& text,
                                const std::string& where) {
  const Setting& setting = require_setting(table, key, where);
  std::optional<SettingValue> value = parsed(setting.type, text);
  if (!value) fail_value(setting, "\"" + text + "\"", where);
  Assignment assignment{key, *std::move(value), where};
  checked_value(table, assignment);
  return assignment;
}

void set_value(SettingTable& table, const Assignment& assignment) {
  const SettingValue value = checked_value(table, assignment);
  for (const Setting::Target& target : table.find(assignment.key)->targets) target.put(value);
}

}  // namespace tagloom

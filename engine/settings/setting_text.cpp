// Settings as text: a TOML document, the reference in Markdown, and --help.
#include <charconv>
#include <cmath>
#include <cstdio>

#include "engine/settings/setting_table.h"
#include "kernels/base/error.h"
#include "kernels/text/utf8.h"

namespace tagloom {
namespace {

std::string number_text(double value) {
  char buffer[40];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  return std::string(buffer, end);
}

std::string bound_text(double value) {  // 1000000000, not 1e+09
  const bool whole = value == std::floor(value) && std::abs(value) < 1e15;
  return whole ? std::to_string(static_cast<int64_t>(value)) : number_text(value);
}

std::string real_text(double value) {
  const std::string text = number_text(value);
  return text.find_first_of(".eni") == std::string::npos ? text + ".0"
                                                         : text;  // in TOML a real number has a point or an exponent
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    const unsigned char byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04X", byte);
      out += escape;
    } else {
      out += c;
    }
  }
  out += '"';
  return out;
}

// A comment is one line of UTF-8 without control characters.
std::string comment_text(std::string line) {
  for (size_t at; (at = find_invalid_utf8(line)) != line.npos;) line[at] = '?';
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return line;
}

std::string section_of(const std::string& key) { return key.substr(0, key.rfind('.')); }
std::string last_of(const std::string& key) { return key.substr(key.rfind('.') + 1); }

std::string joined(const std::vector<std::string>& words, const char* separator) {
  std::string out;
  for (const std::string& word : words) out.append(out.empty() ? "" : separator).append(word);
  return out;
}

// The kinds of model that have the setting.
std::string kinds_text(const Setting& setting) {
  const std::vector<std::string> kinds = setting.kinds();
  return kinds.empty() ? "" : format(" [{}]", joined(kinds, ", "));
}

}  // namespace

std::string SettingRange::text() const {
  const bool from = minimum > -1e300, to = maximum < 1e300;
  if (from && to) {
    return bound_text(minimum) + " to " + (maximum_open ? "below " : "") + bound_text(maximum);
  }
  if (from) return (minimum_open ? "above " : "at least ") + bound_text(minimum);
  return to ? (maximum_open ? "below " : "at most ") + bound_text(maximum) : "";
}

std::string Setting::values_text() const {
  const auto with_range = [this](const std::string& type) { return range.text().empty() ? type : type + ", " + range.text(); };
  switch (type) {
    case SettingType::kFlag:
      return "true or false";
    case SettingType::kInteger:
      return with_range("an integer");
    case SettingType::kReal:
      return with_range("a number");
    case SettingType::kReals:
      return "three numbers, or none";
    case SettingType::kNumbers:
      return with_range("a list of numbers");
    case SettingType::kText:
    case SettingType::kChoice:
      break;
  }
  if (accepts != nullptr) return expects;
  return choices.empty() ? "text" : joined(choices, " | ");
}

std::string value_text(const SettingValue& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* integer = std::get_if<int64_t>(&value)) return std::to_string(*integer);
  if (const auto* real = std::get_if<double>(&value)) return real_text(*real);
  if (const auto* text = std::get_if<std::string>(&value)) return quoted(*text);
  std::vector<std::string> words;
  for (const double real : std::get<std::vector<double>>(value)) words.push_back(real_text(real));
  return format("[{}]", joined(words, ", "));
}

std::string settings_to_toml(const SettingTable& table, const std::string& kind, const std::vector<std::string>& heading) {
  std::string out;
  for (const std::string& line : heading) out += format("# {}\n", comment_text(line));
  std::string section;
  for (const Setting* setting : table.rows()) {
    if (section_of(setting->key) != section) {
      section = section_of(setting->key);
      out += (out.empty() ? "[" : "\n[") + section + "]\n";
    }
    const SettingValue value = setting->value(kind);
    const auto* text = std::get_if<std::string>(&value);  // a path may have become absolute in a folder of another encoding
    TL_CHECK(text == nullptr || find_invalid_utf8(*text) == std::string::npos,
             "{} = \"{}\" is not UTF-8, so config.toml cannot contain it: rename the file or folder", setting->key, *text);
    out += last_of(setting->key) + " = " + value_text(value) + "\n";
  }
  return out;
}

std::string settings_reference(const SettingTable& table) {
  std::string out, section;
  for (const Setting* setting : table.rows()) {
    if (section_of(setting->key) != section) {
      out += out.empty() ? "" : "\n";
      section = section_of(setting->key);
      out += format("### `[{}]`\n\n| key | values | default | meaning |\n|---|---|---|---|\n", section);
    }
    std::string values = setting->values_text();
    if (!setting->choices.empty()) values = format("`{}`", joined(setting->choices, "` `"));
    if (setting->key == "train.best_by") values = "`loss` or a metric's key";
    out += format("| `{}`{} | {} | `{}` | {}{} |\n", last_of(setting->key), setting->may_change_on_resume ? "\\*" : "", values,
                  value_text(setting->default_value), setting->about, kinds_text(*setting));
  }
  return out;
}

std::string settings_help(const SettingTable& table) {
  std::string out;
  for (const Setting* setting : table.rows()) {
    const std::string values = setting->key == "train.best_by" ? "loss or a metric's key" : setting->values_text();
    out += format("  {} = {}   ({}){}\n      {}{}\n", setting->key, value_text(setting->default_value), values,
                  setting->may_change_on_resume ? " *" : "", setting->about, kinds_text(*setting));
  }
  return out;
}

}  // namespace tagloom

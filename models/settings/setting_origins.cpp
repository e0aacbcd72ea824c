#include "models/settings/setting_origins.h"

#include <algorithm>
#include <sstream>

#include "kernels/text/utf8.h"

namespace tagloom {
namespace {

// A comment is one line of UTF-8 without control characters.
std::string on_one_line(const std::string& where) {
  std::string line = with_replacements(where);
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return line;
}

std::string origin_of(const Setting& setting, const SettingValue& value, const std::vector<Assignment>& assignments) {
  const auto last =
      std::find_if(assignments.rbegin(), assignments.rend(), [&](const Assignment& one) { return one.key == setting.key; });
  const bool assigned = last != assignments.rend();
  const std::string where = assigned ? on_one_line(last->where) : "default";
  const SettingValue automatic = std::string("auto");
  if ((assigned ? last->value : setting.default_value) == automatic && value != automatic) return "auto (" + where + ")";
  return assigned || value == setting.default_value ? where : "model.preset";
}

}  // namespace

std::string settings_with_origins(const Settings& settings, const std::vector<Assignment>& assignments) {
  constexpr size_t kColumn = 44;
  const std::vector<const Setting*> rows = setting_table().rows();
  std::istringstream lines(settings_to_toml(settings, {}));
  std::string out;
  size_t row = 0;
  for (std::string line; std::getline(lines, line); out += line + "\n") {
    if (line.empty() || line.front() == '[') continue;
    const Setting& setting = *rows.at(row++);
    line.resize(std::max(line.size(), kColumn), ' ');
    line += "  # " + origin_of(setting, setting_value(settings, setting.key), assignments);
  }
  return out;
}

}  // namespace tagloom

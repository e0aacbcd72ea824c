#pragma once
// The one table of settings: it makes the configuration keys, --set, the environment variables, --help and the
// reference in tools/README.md.
//
//   Settings settings = settings_from({{"model.kind", SettingValue("rank"), "run.toml:3:8"}});
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "models/settings/settings.h"

namespace tagloom {

using SettingValue = std::variant<bool, int64_t, double, std::string, std::vector<double>>;

enum class SettingType { kFlag, kInteger, kReal, kText, kChoice, kReals, kNumbers };

// What a number may be; open ends exclude the limit itself.
struct SettingRange {
  double minimum, maximum;
  bool minimum_open = false, maximum_open = false;
  bool contains(double value) const;
  std::string text() const;  // "at least 1", "above 0", "0 to 1"; empty where everything is allowed
};

struct Setting {
  std::string key;  // "optim.backbone.learning_rate"
  SettingType type;
  std::string about;                 // one line
  std::vector<std::string> choices;  // kChoice; for kText the only texts allowed, or empty
  SettingRange range;                // kInteger, kReal; of each of kNumbers
  std::function<SettingValue(const Settings&)> get;
  std::function<void(Settings&, const SettingValue&)> put;  // takes a value that set_value() has checked

  std::string values_text() const;  // "squash | short_side", "integer, at least 1", ...
  SettingValue default_value() const { return get(Settings{}); }
};

const std::vector<Setting>& setting_table();
const Setting* find_setting(const std::string& key);  // null when there is none

// A value given to a key. `where` opens every complaint about it: "run.toml:3:8", "--set", "TAGLOOM_TRAIN_SEED".
struct Assignment {
  std::string key;
  SettingValue value;
  std::string where;
};

// Reads "true", "12", "1e-4", "squash" or "[0.5, 0.5, 0.5]" as the key's type wants it.
// Throws Error(kUsage) for an unknown key (with the nearest known one), another type, or a value that is not allowed.
Assignment assignment_from_text(const std::string& key, const std::string& text, const std::string& where);

// Stores one value. Throws Error(kUsage) for an unknown key, another type, or a value that is not allowed.
void set_value(Settings& settings, const Assignment& assignment);

// The defaults, then what model.preset stands for, then every assignment in order (later ones win); checked as a whole
// by check_settings().
Settings settings_from(const std::vector<Assignment>& assignments);

// What a preset stands for; model.preset = none stands for nothing.
std::vector<Assignment> preset_assignments(Preset preset);

// A value as TOML writes it; a real number in the shortest form that reads back as the same bits.
std::string value_text(const SettingValue& value);

// All settings as a TOML document; reading it back gives exactly the same settings. Every heading line becomes a comment.
std::string settings_to_toml(const Settings& settings, const std::vector<std::string>& heading);

// The table as Markdown, one section a heading: the generated part of tools/README.md.
std::string settings_reference();

// The table as plain text for --help: key, values, default, what it means.
std::string settings_help();

}  // namespace tagloom

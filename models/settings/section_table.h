// One section of the table of settings: the line that names a member, its values and its meaning.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "models/settings/settings_table.h"

namespace tagloom {

inline constexpr double kNoLimit = std::numeric_limits<double>::infinity();

inline SettingRange at_least(double minimum) { return {minimum, kNoLimit}; }
inline SettingRange above(double minimum) { return {minimum, kNoLimit, true}; }
inline SettingRange between(double minimum, double maximum) { return {minimum, maximum}; }
inline SettingRange below(double minimum, double maximum) { return {minimum, maximum, false, true}; }  // the minimum included

// Adds the settings of one section; `of` finds the section's struct inside Settings.
template <class Section>
class SectionTable {
 public:
  SectionTable(std::vector<Setting>& table, std::string name, Section& (*of)(Settings&))
      : table_(table), name_(std::move(name)), of_(of) {}

  void flag(const char* key, bool Section::*member, const char* about) { add<bool>(SettingType::kFlag, key, member, about); }

  void integer(const char* key, int64_t Section::*member, SettingRange range, const char* about) {
    add<int64_t>(SettingType::kInteger, key, member, about).range = range;
  }

  void real(const char* key, double Section::*member, SettingRange range, const char* about) {
    add<double>(SettingType::kReal, key, member, about).range = range;
  }

  void text(const char* key, std::string Section::*member, const char* about, std::vector<std::string> choices = {}) {
    add<std::string>(SettingType::kText, key, member, about).choices = std::move(choices);
  }

  void three_reals(const char* key, std::vector<double> Section::*member, const char* about) {
    add<std::vector<double>>(SettingType::kReals, key, member, about);
  }

  // One or more numbers.
  void numbers(const char* key, std::vector<double> Section::*member, SettingRange range, const char* about) {
    Setting& setting = add<std::vector<double>>(SettingType::kNumbers, key, member, about);
    setting.range = range;
  }

  template <class Enum>
  void choice(const char* key, Enum Section::*member, std::vector<std::string> names, const char* about) {
    Setting& setting = start(SettingType::kChoice, key, about);
    setting.choices = names;
    const auto of = of_;
    setting.get = [of, member, names](const Settings& s) {
      return SettingValue(names.at(static_cast<size_t>(of(const_cast<Settings&>(s)).*member)));
    };
    setting.put = [of, member, names](Settings& s, const SettingValue& value) {
      size_t i = 0;
      while (i + 1 < names.size() && names[i] != std::get<std::string>(value)) ++i;
      of(s).*member = static_cast<Enum>(i);
    };
  }

 private:
  Setting& start(SettingType type, const char* key, const char* about) {
    table_.push_back({name_ + "." + key, type, about, {}, {-kNoLimit, kNoLimit}, nullptr, nullptr});
    return table_.back();
  }

  template <class T>
  Setting& add(SettingType type, const char* key, T Section::*member, const char* about) {
    Setting& setting = start(type, key, about);
    const auto of = of_;
    setting.get = [of, member](const Settings& s) { return SettingValue(of(const_cast<Settings&>(s)).*member); };
    setting.put = [of, member](Settings& s, const SettingValue& value) { of(s).*member = std::get<T>(value); };
    return setting;
  }

  std::vector<Setting>& table_;
  std::string name_;
  Section& (*of_)(Settings&);
};

// The sections that stand in settings_table_model.cpp: model, fit, neighbours, linear, loss.
void add_model_sections(std::vector<Setting>& table);

}  // namespace tagloom

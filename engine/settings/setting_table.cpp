// Declares rows, and merges rows of several structs with the same key.
#include "engine/settings/setting_table.h"

#include <algorithm>

#include "kernels/base/error.h"

namespace tagloom {
namespace {

template <class T>
Setting::Target target_of(T& value) {
  return {"", [&value] { return SettingValue(value); }, [&value](const SettingValue& given) { value = std::get<T>(given); }};
}

}  // namespace

std::vector<std::string> Setting::kinds() const {
  std::vector<std::string> kinds;
  for (const Target& target : targets) {
    if (!target.kind.empty()) kinds.push_back(target.kind);
  }
  return kinds;
}

bool Setting::has_kind(const std::string& kind) const {
  return std::any_of(targets.begin(), targets.end(), [&](const Target& t) { return t.kind.empty() || t.kind == kind; });
}

SettingValue Setting::value(const std::string& kind) const {
  for (const Target& target : targets) {
    if (target.kind == kind) return target.get();
  }
  return targets.front().get();
}

SettingTable::SettingTable(const std::vector<std::string>& sections) {
  for (const std::string& name : sections) sections_.push_back({name, {}});
}

SettingRows SettingTable::section(const std::string& name) {
  for (Section& section : sections_) {
    if (section.name == name) return {*this, section};
  }
  fail(ErrorKind::kInternal, "[settings] there is no section {}", name);
}

std::vector<const Setting*> SettingTable::rows() const {
  std::vector<const Setting*> rows;
  for (const Section& section : sections_) {
    for (const Setting& row : section.rows) rows.push_back(&row);
  }
  return rows;
}

const Setting* SettingTable::find(const std::string& key) const {
  const size_t dot = key.rfind('.');
  if (dot == std::string::npos) return nullptr;
  for (const Section& section : sections_) {
    if (key.compare(0, dot, section.name) != 0) continue;
    for (const Setting& row : section.rows) {
      if (row.key == key) return &row;
    }
  }
  return nullptr;
}

std::vector<std::string> SettingTable::keys() const {
  std::vector<std::string> keys;
  for (const Setting* row : rows()) keys.push_back(row->key);
  return keys;
}

std::vector<std::string> SettingTable::sections() const {
  std::vector<std::string> names;
  for (const Section& section : sections_) names.push_back(section.name);
  return names;
}

SettingRows& SettingRows::flag(const char* name, bool& value, const std::string& about) {
  return add(SettingType::kFlag, name, about, {}, {}, target_of(value));
}

SettingRows& SettingRows::integer(const char* name, int64_t& value, SettingRange range, const std::string& about) {
  return add(SettingType::kInteger, name, about, {}, range, target_of(value));
}

SettingRows& SettingRows::real(const char* name, double& value, SettingRange range, const std::string& about) {
  return add(SettingType::kReal, name, about, {}, range, target_of(value));
}

SettingRows& SettingRows::text(const char* name, std::string& value, const std::string& about, std::vector<std::string> choices) {
  return add(SettingType::kText, name, about, std::move(choices), {}, target_of(value));
}

SettingRows& SettingRows::text(const char* name, std::string& value, const std::string& about, const char* expects,
                               bool (*accepts)(const std::string&)) {
  text(name, value, about);
  last_->expects = expects;
  last_->accepts = accepts;
  return *this;
}

SettingRows& SettingRows::three_reals(const char* name, std::vector<double>& value, const std::string& about) {
  return add(SettingType::kReals, name, about, {}, {}, target_of(value));
}

SettingRows& SettingRows::numbers(const char* name, std::vector<double>& value, SettingRange range, const std::string& about) {
  return add(SettingType::kNumbers, name, about, {}, range, target_of(value));
}

SettingRows& SettingRows::choice(const char* name, bool& value, const char* if_false, const char* if_true,
                                 const std::string& about) {
  return add(SettingType::kChoice, name, about, {if_false, if_true}, {},
             {"", [&value, if_false, if_true] { return SettingValue(std::string(value ? if_true : if_false)); },
              [&value, if_true](const SettingValue& given) { value = std::get<std::string>(given) == if_true; }});
}

SettingRows& SettingRows::choice(const char* name, std::optional<bool>& value, const std::string& about) {
  return add(SettingType::kChoice, name, about, {"auto", "true", "false"}, {},
             {"", [&value] { return SettingValue(std::string(!value   ? "auto"
                                                             : *value ? "true"
                                                                      : "false")); },
              [&value](const SettingValue& given) {
                const std::string& word = std::get<std::string>(given);
                value = word == "auto" ? std::nullopt : std::optional(word == "true");
              }});
}

SettingRows& SettingRows::own_kind_only() {
  last_->own_kind_only = true;
  return *this;
}

SettingRows& SettingRows::may_change_on_resume() {
  last_->may_change_on_resume = true;
  return *this;
}

SettingRows& SettingRows::all_may_change_on_resume(bool may) {
  all_may_change_on_resume_ = may;
  return *this;
}

SettingRows& SettingRows::add(SettingType type, const char* name, const std::string& about, std::vector<std::string> choices,
                              SettingRange range, Setting::Target target) {
  target.kind = table_.kind_;
  Setting row{section_.name + "." + name, type, about, std::move(choices), range, "", nullptr, false, false, target.get(), {}};
  const auto same_key =
      std::find_if(section_.rows.begin(), section_.rows.end(), [&](const Setting& s) { return s.key == row.key; });
  if (same_key == section_.rows.end()) {
    last_ = &section_.rows.emplace_back(std::move(row));
  } else {
    last_ = &*same_key;
    const bool same =
        last_->type == row.type && last_->about == row.about && last_->choices == row.choices && last_->range == row.range;
    TL_CHECK_AS(ErrorKind::kInternal, same, "[settings] {} is declared twice, with different rows", row.key);
  }
  last_->targets.push_back(std::move(target));
  last_->may_change_on_resume |= all_may_change_on_resume_;
  return *this;
}

}  // namespace tagloom

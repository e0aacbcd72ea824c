#pragma once
// The table of settings: each row binds a key such as "optim.learning_rate" to a member of an options struct, with type, range,
// choices and one line of help. Configuration files, --set, environment variables, --help and the reference all read it.
//
// An options struct has a function that declares its rows:
//
//   void AdamOptions::declare(SettingTable& table) {
//     SettingRows optim = table.section("optim");
//     optim.real("beta1", beta1, below(0, 1), "Decay of the first moment (adam, adamw).");
//   }
//
// The default of a setting is its member's initial value. Several structs may declare the same key, with the same row: an
// assignment then sets all of them.
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/settings/enum_names.h"

namespace tagloom {

using SettingValue = std::variant<bool, int64_t, double, std::string, std::vector<double>>;

enum class SettingType { kFlag, kInteger, kReal, kText, kChoice, kReals, kNumbers };

// The numbers that a setting accepts; an open end excludes the limit.
struct SettingRange {
  double minimum = -std::numeric_limits<double>::infinity(), maximum = std::numeric_limits<double>::infinity();
  bool minimum_open = false, maximum_open = false;
  bool contains(double value) const;
  std::string text() const;  // "at least 1", "above 0", "0 to 1"; empty if every number is accepted
  bool operator==(const SettingRange&) const = default;
};

inline SettingRange at_least(double minimum) { return {.minimum = minimum}; }
inline SettingRange count_from(double minimum) { return {minimum, 1e9}; }  // products of two counts fit an int64_t
inline SettingRange above(double minimum) { return {.minimum = minimum, .minimum_open = true}; }
inline SettingRange between(double minimum, double maximum) { return {minimum, maximum}; }
inline SettingRange below(double minimum, double maximum) { return {minimum, maximum, false, true}; }  // includes the minimum

struct Setting {
  // One member that the key is bound to.
  struct Target {
    std::string kind;  // the model.kind whose options contain it; empty for settings of every kind
    std::function<SettingValue()> get;
    std::function<void(const SettingValue&)> put;  // takes a checked value
  };

  std::string key;  // "optim.backbone.learning_rate"
  SettingType type;
  std::string about;                 // one line
  std::vector<std::string> choices;  // kChoice; for kText the only texts accepted, or empty
  SettingRange range;                // kInteger, kReal, and each of kNumbers
  const char* expects = "";          // kText: a description of what accepts() accepts
  bool (*accepts)(const std::string&) = nullptr;
  bool own_kind_only = false;         // a kind that does not declare it accepts only the default
  bool may_change_on_resume = false;  // a resumed run may have another value; other settings stay as the run began
  SettingValue default_value;
  std::vector<Target> targets;

  std::string values_text() const;  // "squash | short_side", "an integer, at least 1", ...
  std::vector<std::string> kinds() const;
  bool has_kind(const std::string& kind) const;       // true for settings of every kind
  SettingValue value(const std::string& kind) const;  // from the options of that kind, if they have it
};

class SettingRows;

class SettingTable {
 public:
  explicit SettingTable(const std::vector<std::string>& sections);  // in the order of the reference
  SettingRows section(const std::string& name);
  void set_kind(const std::string& kind) { kind_ = kind; }  // for the rows that follow; empty: every kind

  std::vector<const Setting*> rows() const;           // section by section
  const Setting* find(const std::string& key) const;  // null if there is none
  std::vector<std::string> keys() const;
  std::vector<std::string> sections() const;

 private:
  friend class SettingRows;
  struct Section {
    std::string name;
    std::deque<Setting> rows;  // a deque keeps the rows' addresses
  };
  std::deque<Section> sections_;
  std::string kind_;
};

// Declares rows of one section. Every function takes the last part of the key, the member, and a line of help, and returns the
// object, so that an attribute can follow: optim.real(...).may_change_on_resume().
class SettingRows {
 public:
  SettingRows& flag(const char* name, bool& value, const std::string& about);
  SettingRows& integer(const char* name, int64_t& value, SettingRange range, const std::string& about);
  SettingRows& real(const char* name, double& value, SettingRange range, const std::string& about);
  SettingRows& text(const char* name, std::string& value, const std::string& about, std::vector<std::string> choices = {});
  SettingRows& text(const char* name, std::string& value, const std::string& about, const char* expects,
                    bool (*accepts)(const std::string&));
  SettingRows& three_reals(const char* name, std::vector<double>& value, const std::string& about);  // or none
  SettingRows& numbers(const char* name, std::vector<double>& value, SettingRange range,
                       const std::string& about);  // one or more

  // An enum, by kEnumNames.
  template <class Enum>
  SettingRows& choice(const char* name, Enum& value, const std::string& about) {
    return add(SettingType::kChoice, name, about, all_names<Enum>(), {},
               {"", [&value] { return SettingValue(std::string(name_of(value))); },
                [&value](const SettingValue& given) {
                  for (const EnumName<Enum>& known : kEnumNames<Enum>) {
                    if (std::get<std::string>(given) == known.second) value = known.first;
                  }
                }});
  }
  // A bool as two words, the first for false.
  SettingRows& choice(const char* name, bool& value, const char* if_false, const char* if_true, const std::string& about);
  // auto, true or false.
  SettingRows& choice(const char* name, std::optional<bool>& value, const std::string& about);

  // Attributes of the row declared last.
  SettingRows& own_kind_only();
  SettingRows& may_change_on_resume();
  SettingRows& all_may_change_on_resume(bool may = true);  // of the rows that follow

 private:
  friend class SettingTable;
  SettingRows(SettingTable& table, SettingTable::Section& section) : table_(table), section_(section) {}
  SettingRows& add(SettingType type, const char* name, const std::string& about, std::vector<std::string> choices,
                   SettingRange range, Setting::Target target);

  SettingTable& table_;
  SettingTable::Section& section_;
  Setting* last_ = nullptr;
  bool all_may_change_on_resume_ = false;
};

// A value assigned to a key. Every message about it begins with `where`: "run.toml:3:8", "--set", "TAGLOOM_TRAIN_SEED".
struct Assignment {
  std::string key;
  SettingValue value;
  std::string where;
};

// Reads "true", "12", "1e-4", "squash" or "[0.5, 0.5, 0.5]" as the key's type requires. Throws as checked_value() does.
Assignment assignment_from_text(const SettingTable& table, const std::string& key, const std::string& text,
                                const std::string& where);

// The value in the type that the setting stores. Throws Error(kUsage) for an unknown key (with the nearest known one), the wrong
// type, or a value out of range.
SettingValue checked_value(const SettingTable& table, const Assignment& assignment);

// Stores one value in every member bound to its key. Throws as checked_value() does.
void set_value(SettingTable& table, const Assignment& assignment);

// A value in TOML syntax; a real number in the shortest form that reads back as the same bits.
std::string value_text(const SettingValue& value);

// All settings as a TOML document, with the values of `kind`, which reads back as the same settings. Heading lines become
// comments.
std::string settings_to_toml(const SettingTable& table, const std::string& kind, const std::vector<std::string>& heading);

// The table as Markdown, one section a heading: the generated part of tools/README.md.
std::string settings_reference(const SettingTable& table);

// The table as plain text for --help: key, values, default, meaning. Both mark settings that may change on resume with a star.
std::string settings_help(const SettingTable& table);

}  // namespace tagloom

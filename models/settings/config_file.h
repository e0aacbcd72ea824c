#pragma once
// Reads settings, and other documents, from TOML files.
#include <string>
#include <vector>

#include "models/settings/settings.h"

namespace tagloom {

// The assignments of a TOML file in the order of its lines, each with its FILE:LINE:COLUMN. The config.toml of a run trained before a
// setting existed gets the value by which it was trained. Throws Error(kData) if the file cannot be read, Error(kUsage) if it is not
// valid TOML or has an unknown key or section.
std::vector<Assignment> read_config(const std::string& path);
std::vector<Assignment> parse_config(const std::string& text, const std::string& name);

// A node of a TOML document that is not settings; the caller validates its keys.
struct TomlNode {
  enum class Kind { kValue, kList, kTable };
  Kind kind = Kind::kTable;
  std::string key;              // in its table; "" in a list
  std::string where;            // FILE:LINE:COLUMN
  SettingValue value;           // kValue: bool, int64_t, double or std::string
  std::vector<TomlNode> nodes;  // kList, kTable: in the order of the file
};
// Throws as read_config() does; `what` names the kind of file in messages, as in "a suite".
TomlNode read_toml(const std::string& path, const std::string& what);

}  // namespace tagloom

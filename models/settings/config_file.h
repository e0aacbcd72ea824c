#pragma once
// Reads settings, and other documents, from TOML files.
#include <string>
#include <vector>

#include "models/settings/settings.h"

namespace tagloom {

// The assignments of a TOML file in the order of its lines; each knows its FILE:LINE:COLUMN. Throws
// Error(kData) where the file cannot be read, Error(kUsage) where it is not TOML or names an unknown key or
// section.
std::vector<Assignment> read_config(const std::string& path);
std::vector<Assignment> parse_config(const std::string& text, const std::string& name);

// A TOML document that is not settings: whoever reads it says what may stand in it.
struct TomlNode {
  enum class Kind { kValue, kList, kTable };
  Kind kind = Kind::kTable;
  std::string key;              // in its table; "" in a list
  std::string where;            // FILE:LINE:COLUMN
  SettingValue value;           // kValue: bool, int64_t, double or std::string
  std::vector<TomlNode> nodes;  // kList, kTable: in the order of the file
};
// Throws as read_config() does; `what` is what such a file is, for the message: "a suite".
TomlNode read_toml(const std::string& path, const std::string& what);

}  // namespace tagloom

#pragma once
// Completion scripts for shells, which complete flags, their values, sub-commands, files, and the keys and values of --set.
#include <string>

#include "engine/settings/setting_table.h"
#include "tools/command_line/command_description.h"

namespace tagloom {

// For bash 4 or newer, read by `source` or from bash-completion's folder.
std::string bash_completion(const CommandDescription& tool, const SettingTable& settings);
// For zsh, as the file _TOOL in a folder of $fpath.
std::string zsh_completion(const CommandDescription& tool, const SettingTable& settings);
// For fish 3 or newer.
std::string fish_completion(const CommandDescription& tool, const SettingTable& settings);

}  // namespace tagloom

#pragma once
// Manual pages in man(7) format.
#include <string>

#include "engine/settings/setting_table.h"
#include "tools/command_line/command_description.h"

namespace tagloom {

std::string manual_page(const CommandDescription& tool);         // TOOL(1)
std::string settings_manual_page(const SettingTable& settings);  // tagloom-settings(5)

}  // namespace tagloom

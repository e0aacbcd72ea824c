#pragma once
// Shows where the value of each setting comes from.
#include <string>
#include <vector>

#include "models/settings/settings.h"

namespace tagloom {

// settings_to_toml(), each line with a comment: the `where` of the setting's last assignment, "default", "model.preset", or
// "auto (...)" if "auto" was replaced. `settings` must be settings_from(assignments).
std::string settings_with_origins(const Settings& settings, const std::vector<Assignment>& assignments);

}  // namespace tagloom

#pragma once
// Reads the tools' settings from TOML files (config_file.h), environment variables and --set, later ones winning, and resolves the paths
// in them.
#include <string>
#include <vector>

#include "models/settings/config_file.h"

namespace tagloom {

// TAGLOOM_TRAIN_SEED=3 sets train.seed = 3: the key in capitals with _ for every dot. `environment` is a null-terminated array of
// NAME=VALUE. A TAGLOOM_ variable that starts like a section but matches no key is an error.
std::vector<Assignment> environment_assignments(const char* const* environment);

// "optim.learning_rate=3e-4", as --set takes it.
Assignment set_assignment(const std::string& key_and_value);

// The assignments of the files in their order (empty paths are skipped), the environment, then the flags.
std::vector<Assignment> all_assignments(const std::vector<std::string>& config_paths, const std::vector<Assignment>& flags);

// The defaults, then those assignments, validated together.
Settings read_settings(const std::vector<std::string>& config_paths, const std::vector<Assignment>& flags);

// What --show-config prints: these settings as TOML, each with the place its value comes from.
std::string shown_config(const std::vector<std::string>& config_paths, const std::vector<Assignment>& flags);

// The first lines of a run's config.toml: the tool with its version, and the command line, quoted for a shell.
std::vector<std::string> config_heading(const std::string& tool, const std::vector<std::string>& arguments);

// The absolute path of the file or folder that a setting names. Searches for a relative path in the current folder, then in
// $TAGLOOM_DATA. If neither has it, throws Error(kData) with the key and both folders.
std::string find_input(const std::string& key, const std::string& path);

// Applies find_input() to those of data.train, data.validation, data.test, data.vocabulary and backbone.weights that are set.
// data.cache_dir becomes absolute too, but need not exist yet. `before` are the settings of a run that resumes, else null: it has its
// own vocabulary and weights, so the last three need to exist only if they have changed.
void find_inputs(Settings& settings, const Settings* before = nullptr);

}  // namespace tagloom

#pragma once
// Where the tools' settings come from: TOML files (config_file.h), environment variables and --set, later ones winning; and where the
// files that they name are looked for.
#include <string>
#include <vector>

#include "models/settings/config_file.h"

namespace tagloom {

// TAGLOOM_TRAIN_SEED=3 stands for train.seed = 3: the key in capitals with _ for every dot. `environment` is
// a null-terminated array of NAME=VALUE. A TAGLOOM_ variable that opens like a section but names no key is an
// error.
std::vector<Assignment> environment_assignments(const char* const* environment);

// "optim.learning_rate=3e-4", as --set takes it.
Assignment set_assignment(const std::string& key_and_value);

// The defaults, the files in their order (an empty path is none), the environment, then the flags; checked as a whole.
Settings read_settings(const std::vector<std::string>& config_paths, const std::vector<Assignment>& flags);

// The first lines of a run's config.toml: the tool with its version, and the command line as a shell would
// take it.
std::vector<std::string> config_heading(const std::string& tool, const std::vector<std::string>& arguments);

// The file or folder that a setting names, as an absolute path. A relative one is looked for from the current
// folder, then from $TAGLOOM_DATA. Throws Error(kData) naming the key and both places where neither has it.
std::string find_input(const std::string& key, const std::string& path);

// What a training reads: a new one every file that its settings name; a resumed one, which brings its vocabulary and its
// weights, the training and the validation pictures.
enum class InputsOf { kNewRun, kResumedRun };

// find_input() for those among data.train, data.validation, data.test, data.vocabulary and backbone.weights that are not
// empty; data.cache_dir, which need not be there yet, becomes absolute too.
void find_inputs(Settings& settings, InputsOf run);

}  // namespace tagloom

#pragma once
// A run folder opened with the changes that the command line asks for.
#include "models/trained_run.h"
#include "tools/command_line/options.h"

namespace tagloom {

// The settings are the run's, then those of -c FILE, the environment and --set. `checkpoint` may be empty.
TrainedRun open_run(const std::string& folder, const std::string& checkpoint, const SettingsFlags& changes);

}  // namespace tagloom

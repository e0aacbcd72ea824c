#pragma once
// Opens a run folder with the changes from the command line.
#include "models/trained_run.h"
#include "tools/command_line/options.h"

namespace tagloom {

// The run's settings, overridden by -c FILE, the environment and --set, in this order. An empty `checkpoint` means best.safetensors.
TrainedRun open_run(const std::string& folder, const std::string& checkpoint, const SettingsFlags& changes);

// --show-config: prints those settings, and returns the exit code.
int show_config(const std::string& folder, const SettingsFlags& changes);

}  // namespace tagloom

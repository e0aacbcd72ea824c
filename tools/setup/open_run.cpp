// Reads the settings of a run folder and opens it.
#include "tools/setup/open_run.h"

#include <iostream>

#include "engine/run/run_folder.h"
#include "tools/command_line/config.h"
#include "tools/command_line/run_tool.h"
#include "tools/setup/resources.h"

namespace tagloom {

namespace {

std::vector<std::string> config_files(const std::string& folder, const SettingsFlags& changes) {
  require_run_folder(folder);
  return {folder + "/config.toml", changes.config};
}

}  // namespace

TrainedRun open_run(const std::string& folder, const std::string& checkpoint, const SettingsFlags& changes) {
  const Settings settings = read_settings(config_files(folder, changes), changes.assignments);
  set_threads(settings);
  return open_run(folder, settings, checkpoint);
}

int show_config(const std::string& folder, const SettingsFlags& changes) {
  std::cout << shown_config(config_files(folder, changes), changes.assignments);
  return kExitDone;
}

}  // namespace tagloom

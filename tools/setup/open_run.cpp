// Reads the settings of a run folder and opens it.
#include "tools/setup/open_run.h"

#include "engine/run/run_folder.h"
#include "tools/command_line/config.h"
#include "tools/setup/resources.h"

namespace tagloom {

TrainedRun open_run(const std::string& folder, const std::string& checkpoint, const SettingsFlags& changes) {
  require_run_folder(folder);
  const Settings settings = read_settings({folder + "/config.toml", changes.config}, changes.assignments);
  set_threads(settings);
  return open_run(folder, settings, checkpoint);
}

}  // namespace tagloom

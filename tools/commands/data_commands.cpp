// tagdata's commands and their flags.
#include "tools/commands/data_commands.h"

#include "tools/command_line/options.h"

namespace tagloom {

int tagdata_command(const std::vector<std::string>& arguments) {
  Options options("tagdata", "Makes and inspects datasets: manifests of pictures with their tags.");
  ScenesFlags scenes;
  InspectFlags inspect;
  Options& scenes_options =
      options.command("scenes", "Paint the built-in dataset: scenes with objects, tags in order of importance.");
  Options& inspect_options = options.command("inspect", "Count a manifest's pictures and tags, and try to read every picture.");
  declare_scenes(scenes_options, scenes);
  declare_inspect(inspect_options, inspect);
  if (!options.parse(arguments)) return 0;
  return scenes_options.chosen() ? run_scenes(scenes) : run_inspect(inspect);
}

}  // namespace tagloom

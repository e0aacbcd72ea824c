// tagdata: makes, converts and inspects datasets.
#include "tools/command_line/options.h"
#include "tools/commands/commands.h"
#include "tools/commands/data_commands.h"

namespace tagloom {
namespace {

struct DataCommand {
  const char *name, *about;
  RunCommand (*declare)(Options& command);
};

constexpr DataCommand kDataCommands[] = {
    {"scenes", "Draw the built-in dataset: scenes with objects, tags in order of importance.", scenes_command},
    {"inspect", "Count pictures and tags, try to read every picture, and find copies and similar tags.", inspect_command},
    {"import", "Write a manifest from a dataset in another format, such as COCO, PASCAL VOC or a text file per picture.",
     import_command},
    {"export", "Write a manifest's pictures and tags in another format: COCO, Hugging Face, or a text file per picture.",
     export_command},
    {"split", "Divide a manifest into parts, such as training, validation and test pictures.", split_command},
    {"classes", "Write the names of a classifier's classes, one per line.", classes_command},
    {"tagger", "Make a run from weights with a classifier, without training.", tagger_command},
    {"weights", "Describe a file of weights, name the backbone that it fits, and convert it to safetensors.", weights_command},
    {"pack", "Pack a manifest's pictures at training size into tar files, for much faster training.", pack_command},
};

}  // namespace

int data_command(const std::vector<std::string>& arguments) {
  Options options("tagdata", "Makes, converts and inspects datasets: manifests of pictures with their tags.");
  std::vector<std::pair<const Options*, RunCommand>> commands;
  for (const DataCommand& one : kDataCommands) {
    Options& command = options.command(one.name, one.about);
    commands.emplace_back(&command, one.declare(command));
  }
  options.note(
      "A manifest lists pictures and their tags; its extension selects the format:\n"
      "  .tsv    photos/a.jpg<TAB>sky,\"wheel, spare\"\n"
      "  .csv    photos/a.jpg,\"sky,sea\"      or under the heading path,tag,score:  photos/a.jpg,sky,0.9\n"
      "  .jsonl  {\"path\": \"photos/a.jpg\", \"tags\": [\"sky\", \"sea\"]}\n"
      "Paths are relative to the manifest. A heading may name the columns in any order, as in id,file_name,labels; "
      "tools/README.md lists the names.");
  if (!options.parse(arguments)) return 0;
  for (const auto& [command, run] : commands) {
    if (command->chosen()) return run();
  }
  return 0;
}

}  // namespace tagloom

#pragma once
// What a command line takes, as data: Options makes it from its declarations, completions and manual pages are made from it.
#include <string>
#include <vector>

namespace tagloom {

struct FlagDescription {
  std::vector<std::string> names;    // "-q", "--quiet"
  std::string kind;                  // of its value, as in --help: "FILE", "N"; empty: it takes none
  std::string about;                 // one line
  std::vector<std::string> choices;  // the only values, or none
};

struct ArgumentDescription {
  std::string name;  // "RUN"
  std::string about;
  bool required = true, several = false;
};

struct CommandDescription {
  std::string name;  // "tagdata"; of a sub-command "inspect"
  std::string about;
  std::vector<ArgumentDescription> arguments;
  std::vector<FlagDescription> flags;
  std::string note;  // below the flags in --help
  std::vector<CommandDescription> commands;
  bool requires_command = false;
  bool takes_settings = false;  // it, or a sub-command, has --set
};

}  // namespace tagloom

#pragma once
// The sub-commands of tagdata. Each declares its flags and returns the function that runs it, once the flags have been parsed, and
// returns the exit code.
#include <functional>

namespace tagloom {

class Options;

using RunCommand = std::function<int()>;

RunCommand scenes_command(Options& command);
RunCommand inspect_command(Options& command);
RunCommand import_command(Options& command);
RunCommand export_command(Options& command);
RunCommand split_command(Options& command);
RunCommand classes_command(Options& command);
RunCommand tagger_command(Options& command);
RunCommand weights_command(Options& command);
RunCommand pack_command(Options& command);

}  // namespace tagloom

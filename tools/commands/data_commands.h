#pragma once
// The sub-commands of tagdata. Each declares its flags and returns the function that runs it, once the flags have been parsed, and
// returns the exit code.
#include <functional>
#include <memory>

namespace tagloom {

class Options;

using RunCommand = std::function<int()>;

// Keeps the flags for as long as the command may run.
template <class Flags>
RunCommand command_with_flags(Options& command, void (*declare)(Options&, Flags&), int (*run)(const Flags&)) {
  const auto flags = std::make_shared<Flags>();
  declare(command, *flags);
  return [flags, run] { return run(*flags); };
}

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

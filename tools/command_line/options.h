#pragma once
// Declares the flags of a command, for the parser and --help.
//
//   std::string run;
//   bool json = false;
//   Options options("tageval", "Evaluates a trained tagger on labelled pictures.");
//   options.argument("RUN", run, "The run folder.").flag("--json", json, "One JSON object on stdout.");
//   if (!options.parse(arguments)) return 0;   // --help or --version was printed
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/settings/settings.h"
#include "tools/command_line/command_description.h"

namespace CLI {
class App;
}

namespace tagloom {

// The values of -c, --set and their short forms, for read_settings() of config.h.
struct SettingsFlags {
  std::string config;
  std::vector<Assignment> assignments;
  bool show = false;  // --show-config
};

class Options {
 public:
  Options(const std::string& tool, const std::string& about);
  ~Options();
  Options(const Options&) = delete;
  Options& operator=(const Options&) = delete;

  // Positional arguments: one required, one optional, one or more, any number. Every bound variable must outlive parse().
  Options& argument(const std::string& name, std::string& value, const std::string& about);
  Options& optional_argument(const std::string& name, std::string& value, const std::string& about);
  Options& arguments(const std::string& name, std::vector<std::string>& values, const std::string& about);
  Options& optional_arguments(const std::string& name, std::vector<std::string>& values, const std::string& about);

  // `names` is "--quiet" or "-q,--quiet"; `kind` names the value in --help: FILE, N ...
  Options& flag(const std::string& names, bool& value, const std::string& about);
  Options& value(const std::string& names, std::string& value, const std::string& kind, const std::string& about);
  Options& value(const std::string& names, int64_t& value, const std::string& kind, const std::string& about);
  Options& value(const std::string& names, std::optional<int64_t>& value, const std::string& kind, const std::string& about);
  Options& value(const std::string& names, std::optional<double>& value, const std::string& kind, const std::string& about);
  Options& values(const std::string& names, std::vector<std::string>& values, const std::string& kind, const std::string& about);
  Options& choice(const std::string& names, std::string& value, const std::vector<std::string>& choices,
                  const std::string& about);

  // -c/--config, --set, --device, --seed, --deterministic, --show-config and --help-settings.
  Options& settings(SettingsFlags& flags);

  // A flag that is short for one setting: setting_flag("--top-k", "decode.top_k", flags).
  Options& setting_flag(const std::string& names, const std::string& key, SettingsFlags& flags);

  // A sub-command with its own flags (tagdata inspect ...). If any is declared, the command line must choose one.
  Options& command(const std::string& name, const std::string& about);
  bool chosen() const;  // whether the command line chose this sub-command

  Options& note(const std::string& text);  // printed below the flags in --help: examples, exit codes

  // For a command of the tool that is parsed elsewhere: completions and the manual describe it too.
  Options& describe(CommandDescription command);

  CommandDescription description() const;

  // Fills the bound variables. Returns false after printing --help, --help-settings, --version, --completion or --manual to stdout. Throws
  // Error(kUsage) for unknown flags (with the nearest known one), missing values and values of the wrong type.
  bool parse(const std::vector<std::string>& arguments);

 private:
  explicit Options(CLI::App* app);
  // Prints --help-settings, --completion or --manual, which need no other arguments; false if none of them is given.
  bool print_and_exit(const std::vector<std::string>& arguments) const;
  // `take` stores the text's number, or returns what the flag takes instead, such as "an integer".
  Options& number(const std::string& names, const std::string& kind, const std::string& about,
                  const std::function<std::string(const std::string&)>& take);

  std::unique_ptr<CLI::App> owned_;
  CLI::App* app_;
  std::vector<std::unique_ptr<Options>> commands_;
  std::vector<CommandDescription> described_;
};

}  // namespace tagloom

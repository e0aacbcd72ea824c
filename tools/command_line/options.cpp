// Parses the flags of a command with CLI11 (the only file that includes it).
#include "tools/command_line/options.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <sstream>

#include "engine/core/closest_match.h"
#include "engine/core/parse_number.h"
#include "kernels/base/error.h"
#include "tools/command_line/completion_script.h"
#include "tools/command_line/config.h"
#include "tools/command_line/manual_page.h"
#include "tools/command_line/terminal.h"
#include "tools/command_line/version.h"

namespace tagloom {
namespace {

constexpr char kHelpSettings[] = "--help-settings", kCompletion[] = "--completion", kManual[] = "--manual";
constexpr int kColumnOfHelp = 34;

// Lines are wrapped only on a terminal, so that grep finds whole lines.
void print_help(const std::string& text) {
  std::cout << (is_terminal(STDOUT_FILENO) ? wrapped(text, terminal_width(STDOUT_FILENO), kColumnOfHelp) : text);
}

// CLI11's help with other headings, without "TEXT" for unnamed values, and with flags and values in one column.
class Formatter : public CLI::Formatter {
 public:
  Formatter() {
    column_width(kColumnOfHelp);
    label("REQUIRED", "");
    label("Positionals", "Arguments");
    label("Subcommands", "Commands");
  }
  std::string make_usage(const CLI::App* app, std::string name) const override {
    std::string text = "Usage: " + name;
    if (!app->get_options([](const CLI::Option* o) { return o->nonpositional(); }).empty()) text += " [options]";
    for (const CLI::Option* option : app->get_options([](const CLI::Option* o) { return o->get_positional(); })) {
      std::string word = option->get_name(true);
      if (option->get_expected_max() > 1) word += "...";
      text += option->get_required() ? " " + word : " [" + word + "]";
    }
    if (!app->get_subcommands([](const CLI::App*) { return true; }).empty()) text += " COMMAND ...";
    return text + "\n";
  }
};

std::vector<std::string> flag_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    for (const std::string& name : option->get_snames()) names.push_back("-" + name);
  }
  return names;
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) names.push_back(command->get_name());
  return names;
}

const CLI::App& deepest(const CLI::App& app) {
  const std::vector<CLI::App*> chosen = app.get_subcommands();
  return chosen.empty() ? app : deepest(*chosen.front());
}

// "--output" of "-o,--output".
std::string long_name(const std::string& names) { return names.substr(names.find("--")); }

CommandDescription description_of(const CLI::App& app) {
  CommandDescription out{.name = app.get_name(), .about = app.get_description(), .note = app.get_footer()};
  out.requires_command = app.get_require_subcommand_min() > 0;
  for (const CLI::Option* option : app.get_options()) {
    const std::string kind = option->get_type_name(), about = option->get_description();
    if (option->get_positional()) {
      out.arguments.push_back({option->get_name(true), about, option->get_required(), option->get_expected_max() > 1});
      continue;
    }
    FlagDescription flag{.kind = kind, .about = about};
    for (const std::string& name : option->get_snames()) flag.names.push_back("-" + name);
    for (const std::string& name : option->get_lnames()) flag.names.push_back("--" + name);
    if (kind.find('|') != kind.npos && std::none_of(kind.begin(), kind.end(), [](char c) { return c >= 'A' && c <= 'Z'; })) {
      std::istringstream words(kind);  // "text|csv", as choice() makes it
      for (std::string word; std::getline(words, word, '|');) flag.choices.push_back(word);
    }
    out.takes_settings = out.takes_settings || kind == "KEY=VALUE";
    out.flags.push_back(std::move(flag));
  }
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    out.commands.push_back(description_of(*command));
    out.takes_settings = out.takes_settings || out.commands.back().takes_settings;
  }
  return out;
}

std::string see_help(const CLI::App& app) {
  std::string name = deepest(app).get_name();
  for (const CLI::App* parent = deepest(app).get_parent(); parent != nullptr; parent = parent->get_parent()) {
    name = parent->get_name() + " " + name;
  }
  return "see " + name + " --help";
}

[[noreturn]] void fail_extra(const CLI::App& app) {
  const CLI::App& command = deepest(app);
  const std::vector<std::string> extras = app.remaining(true);
  const std::string extra = extras.empty() ? "" : extras.front();
  const std::string see = see_help(app);
  if (extra.starts_with("-") && extra.size() > 1) {
    const std::string flag = extra.substr(0, extra.find('='));
    fail(ErrorKind::kUsage, "unknown flag {}{}: {}", flag, did_you_mean(flag, flag_names(command)), see);
  }
  const std::vector<std::string> commands = command_names(command);
  if (!commands.empty()) fail(ErrorKind::kUsage, "unknown command \"{}\"{}: {}", extra, did_you_mean(extra, commands), see);
  fail(ErrorKind::kUsage, "unexpected argument \"{}\": {}", extra, see);
}

}  // namespace

Options::Options(const std::string& tool, const std::string& about)
    : owned_(std::make_unique<CLI::App>(about, tool)), app_(owned_.get()) {
  app_->formatter(std::make_shared<Formatter>());
  app_->set_help_flag("-h,--help", "Print this help and exit.");
  app_->set_version_flag(
      "--version", [tool] { return version_text(tool); },
      "Print the versions, libraries and devices that this build uses, and exit.");
  app_->add_option(kCompletion, "Print a completion script for this shell, and exit.")->type_name("bash|zsh|fish");
  app_->add_flag_function(
      kManual, [](int64_t) {}, "Print the manual page in man(7) format, and exit.");
  app_->get_formatter()->label("OPTIONS", "options");
}

Options::Options(CLI::App* app) : app_(app) {}
Options::~Options() = default;

Options& Options::argument(const std::string& name, std::string& value, const std::string& about) {
  app_->add_option(name, value, about)->required()->type_name("");
  return *this;
}

Options& Options::optional_argument(const std::string& name, std::string& value, const std::string& about) {
  app_->add_option(name, value, about)->type_name("");
  return *this;
}

Options& Options::arguments(const std::string& name, std::vector<std::string>& values, const std::string& about) {
  app_->add_option(name, values, about)->required()->type_name("");
  return *this;
}

Options& Options::optional_arguments(const std::string& name, std::vector<std::string>& values, const std::string& about) {
  app_->add_option(name, values, about)->type_name("");
  return *this;
}

Options& Options::flag(const std::string& names, bool& value, const std::string& about) {
  app_->add_flag(names, value, about);
  return *this;
}

Options& Options::value(const std::string& names, std::string& value, const std::string& kind, const std::string& about) {
  app_->add_option(names, value, about)->type_name(kind);
  return *this;
}

Options& Options::value(const std::string& names, int64_t& value, const std::string& kind, const std::string& about) {
  return number(names, kind, about, [&value](const std::string& text) {
    const std::optional<int64_t> given = parse_integer(text);
    value = given.value_or(value);
    return given ? "" : "an integer";
  });
}

Options& Options::value(const std::string& names, std::optional<int64_t>& value, const std::string& kind,
                        const std::string& about) {
  return number(names, kind, about, [&value](const std::string& text) {
    value = parse_integer(text);
    return value ? "" : "an integer";
  });
}

Options& Options::value(const std::string& names, std::optional<double>& value, const std::string& kind,
                        const std::string& about) {
  return number(names, kind, about, [&value](const std::string& text) {
    value = parse_real(text);
    return value ? "" : "a number";
  });
}

Options& Options::number(const std::string& names, const std::string& kind, const std::string& about,
                         const std::function<std::string(const std::string&)>& take) {
  const auto parse = [take, where = long_name(names)](const std::string& text) {
    const std::string expected = take(text);
    TL_CHECK(expected.empty(), "{} takes {}, got \"{}\"", where, expected, text);
  };
  app_->add_option_function<std::string>(names, parse, about)->type_name(kind);
  return *this;
}

Options& Options::values(const std::string& names, std::vector<std::string>& values, const std::string& kind,
                         const std::string& about) {
  app_->add_option(names, values, about)->type_name(kind)->allow_extra_args(false)->take_all();
  return *this;
}

Options& Options::choice(const std::string& names, std::string& value, const std::vector<std::string>& choices,
                         const std::string& about) {
  std::string kind;
  for (const std::string& choice : choices) kind.append(kind.empty() ? "" : "|").append(choice);
  const auto check = [choices](const std::string& given) {
    if (std::find(choices.begin(), choices.end(), given) != choices.end()) return std::string();
    return format("\"{}\" is not a valid value{}", given, did_you_mean(given, choices));
  };
  app_->add_option(names, value, about)->type_name(kind)->check(CLI::Validator(check, ""));
  return *this;
}

Options& Options::setting_flag(const std::string& names, const std::string& key, SettingsFlags& flags) {
  const Setting* setting = setting_table().find(key);
  TL_CHECK_AS(ErrorKind::kInternal, setting != nullptr, "[options] {} is not a setting", key);
  const std::string where = long_name(names);
  const std::string about = format("Short for --set {}=...", key);
  if (setting->type == SettingType::kFlag) {
    const auto set = [key, where, &flags](int64_t count) {
      if (count > 0) flags.assignments.push_back(assignment_from_text(key, "true", where));
    };
    app_->add_flag_function(names, set, format("Short for --set {}=true", key));
  } else {
    const auto set = [key, where, &flags](const std::string& text) {
      flags.assignments.push_back(assignment_from_text(key, text, where));
    };
    app_->add_option_function<std::string>(names, set, about)->type_name(setting->type == SettingType::kInteger ? "N" : "VALUE");
  }
  return *this;
}

Options& Options::settings(SettingsFlags& flags) {
  value("-c,--config", flags.config, "FILE", "Settings in TOML, such as a file of models/configs.");
  const auto set = [&flags](const std::vector<std::string>& given) {
    for (const std::string& text : given) flags.assignments.push_back(set_assignment(text));
  };
  app_->add_option_function<std::vector<std::string>>("--set", set,
                                                      "One setting, such as optim.learning_rate=3e-4; may be repeated.")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false)
      ->take_all();
  setting_flag("--device", "train.device", flags);
  setting_flag("--seed", "train.seed", flags);
  setting_flag("--deterministic", "train.deterministic", flags);
  flag("--show-config", flags.show, "Print every setting as TOML, with the source of its value, and exit.");
  app_->add_flag_function(
      kHelpSettings, [](int64_t) {},
      "Print every setting with its values and its default, and exit; with --manual, as a manual page.");
  return *this;
}

Options& Options::command(const std::string& name, const std::string& about) {
  CLI::App* sub = app_->add_subcommand(name, about);
  sub->group("Commands");
  app_->require_subcommand(1);
  commands_.push_back(std::unique_ptr<Options>(new Options(sub)));
  return *commands_.back();
}

bool Options::chosen() const { return app_->parsed(); }

Options& Options::note(const std::string& text) {
  const std::string before = app_->get_footer();
  app_->footer(before.empty() ? text : before + "\n" + text);
  return *this;
}

Options& Options::describe(CommandDescription command) {
  described_.push_back(std::move(command));
  return *this;
}

CommandDescription Options::description() const {
  CommandDescription out = description_of(*app_);
  out.commands.insert(out.commands.end(), described_.begin(), described_.end());
  return out;
}

bool Options::print_and_exit(const std::vector<std::string>& arguments) const {
  const auto given = [&](const char* flag) { return std::find(arguments.begin(), arguments.end(), flag) != arguments.end(); };
  const bool settings = app_->get_option_no_throw(kHelpSettings) != nullptr && given(kHelpSettings);
  if (const auto at = std::find(arguments.begin(), arguments.end(), kCompletion); at != arguments.end()) {
    const std::string shell = at + 1 == arguments.end() ? "" : *(at + 1);
    TL_CHECK(shell == "bash" || shell == "zsh" || shell == "fish", "{} takes bash, zsh or fish, got \"{}\"", kCompletion, shell);
    const auto script = shell == "bash" ? bash_completion : shell == "zsh" ? zsh_completion : fish_completion;
    std::cout << script(description(), setting_table());
    return true;
  }
  if (given(kManual)) {
    std::cout << (settings ? settings_manual_page(setting_table()) : manual_page(description()));
    return true;
  }
  if (settings) {
    print_help(
        "Settings for -c FILE (TOML: [section] and key = value), --set and TAGLOOM_SECTION_KEY. A star marks those that may\n"
        "change when a run resumes:\n\n" +
        settings_help(setting_table()));
  }
  return settings;
}

bool Options::parse(const std::vector<std::string>& arguments) {
  if (print_and_exit(arguments)) return false;
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());  // CLI11 takes them from the back
  try {
    app_->parse(std::move(reversed));
    return true;
  } catch (const CLI::CallForHelp&) {
    print_help(deepest(*app_).help(app_ == &deepest(*app_) ? "" : app_->get_name()));
    return false;
  } catch (const CLI::CallForVersion& version) {
    std::cout << version.what() << '\n';
    return false;
  } catch (const CLI::ExtrasError&) {
    fail_extra(*app_);
  } catch (const CLI::RequiredError& error) {
    if (!app_->remaining(true).empty()) fail_extra(*app_);
    if (app_->get_subcommands().empty() && !command_names(*app_).empty()) {
      fail(ErrorKind::kUsage, "a command is required: {}", see_help(*app_));
    }
    fail(ErrorKind::kUsage, "{}: {}", error.what(), see_help(*app_));
  } catch (const CLI::ParseError& error) {
    fail(ErrorKind::kUsage, "{}: {}", error.what(), see_help(*app_));
  }
}

}  // namespace tagloom

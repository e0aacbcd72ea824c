#include "tools/command_line/completion_script.h"

#include <algorithm>

#include "kernels/base/error.h"

namespace tagloom {
namespace {

using Words = std::vector<std::string>;

std::string spaced(const Words& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

Words all_flag_names(const CommandDescription& command) {
  Words names;
  for (const FlagDescription& flag : command.flags) names.insert(names.end(), flag.names.begin(), flag.names.end());
  return names;
}

Words names_of_commands(const CommandDescription& tool) {
  Words names;
  for (const CommandDescription& command : tool.commands) names.push_back(command.name);
  return names;
}

bool names_a_path(const std::string& kind) {
  return kind.find("FILE") != kind.npos || kind.find("FOLDER") != kind.npos || kind == "RUN" || kind == "PAGE";
}

// The values of a setting that can be listed.
Words listed_values(const Setting& setting) {
  if (setting.type == SettingType::kFlag) return {"true", "false"};
  return setting.choices;
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  for (size_t at = 0; (at = text.find(what, at)) != text.npos; at += with.size()) text.replace(at, what.size(), with);
  return text;
}

// Between single quotes.
std::string shell_text(const std::string& text) { return replaced(text, "'", "'\\''"); }

// bash: completes the flags of one command, and the values of the flag before the cursor.
std::string bash_case(const CommandDescription& command) {
  std::string values;
  for (const FlagDescription& flag : command.flags) {
    if (flag.kind.empty() || flag.kind == "KEY=VALUE") continue;
    std::string names;
    for (const std::string& name : flag.names) names += (names.empty() ? "" : "|") + name;
    std::string action = "compopt +o bashdefault +o default";  // a number or a text: no names of files
    if (!flag.choices.empty()) action = format("COMPREPLY=($(compgen -W '{}' -- \"$cur\"))", spaced(flag.choices));
    if (flag.choices.empty() && names_a_path(flag.kind))
      action = "compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")";
    values += format("        {}) {}; return ;;\n", names, action);
  }
  return format(
      "      case $prev in\n{}      esac\n"
      "      [[ $cur == -* ]] && COMPREPLY=($(compgen -W '{}' -- \"$cur\"))\n",
      values, spaced(all_flag_names(command)));
}

std::string bash_settings(const std::string& tool, const SettingTable& settings) {
  std::string values;
  for (const Setting* setting : settings.rows()) {
    const Words words = listed_values(*setting);
    if (!words.empty()) values += format("    {}) printf %s '{}' ;;\n", setting->key, spaced(words));
  }
  return format("_{}_values() {{\n  case $1 in\n{}  esac\n}}\n\n", tool, values);
}

std::string zsh_text(const std::string& text) {  // in '...[text]' of _arguments
  return shell_text(replaced(replaced(replaced(text, "\\", "\\\\"), "[", "\\["), "]", "\\]"));
}

std::string zsh_value(const FlagDescription& flag, const std::string& tool) {
  if (flag.kind.empty()) return "";
  std::string action;
  if (flag.kind == "KEY=VALUE") {
    action = "_" + tool + "_set";
  } else if (!flag.choices.empty()) {
    action = "(" + spaced(flag.choices) + ")";
  } else if (names_a_path(flag.kind)) {
    action = "_files";
  }
  return ":" + replaced(flag.kind, ":", "\\:") + ":" + action;
}

std::string zsh_arguments(const CommandDescription& command, const std::string& tool, const std::string& indent) {
  std::string out;
  for (const FlagDescription& flag : command.flags) {
    for (const std::string& name : flag.names) {
      const std::string repeats = flag.kind == "KEY=VALUE" ? "*" : "(" + spaced(flag.names) + ")";
      const char* equals = name.starts_with("--") && !flag.kind.empty() ? "=" : "";  // --flag VALUE and --flag=VALUE
      out +=
          format("{}'{}{}{}[{}]{}' \\\n", indent, repeats, name, equals, zsh_text(flag.about), shell_text(zsh_value(flag, tool)));
    }
  }
  int number = 0;
  for (const ArgumentDescription& argument : command.arguments) {
    const std::string position = argument.several ? "*" : std::to_string(++number);
    out += format("{}'{}:{}:_files' \\\n", indent, position, shell_text(replaced(argument.name, ":", "\\:")));
  }
  return out;
}

std::string zsh_settings(const std::string& tool, const SettingTable& settings) {
  std::string values;
  for (const Setting* setting : settings.rows()) {
    const Words words = listed_values(*setting);
    if (!words.empty()) values += format("    {}) compadd -- {} ;;\n", setting->key, spaced(words));
  }
  return format(
      "_{}_set() {{\n"
      "  if ! compset -P '*='; then compadd -S = -- {}; return; fi\n"
      "  case ${{${{IPREFIX%=}}##*=}} in\n{}    *) _files ;;\n  esac\n}}\n\n",
      tool, spaced(settings.keys()), values);
}

std::string fish_text(const std::string& text) { return replaced(replaced(text, "\\", "\\\\"), "'", "\\'"); }  // in '...'

std::string fish_flags(const CommandDescription& command, const std::string& tool, const std::string& condition) {
  std::string out;
  for (const FlagDescription& flag : command.flags) {
    std::string line = "complete -c " + tool + condition;
    for (const std::string& name : flag.names) line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
    if (flag.kind == "KEY=VALUE") {
      line += " -x -a '(__" + tool + "_settings)'";
    } else if (!flag.choices.empty()) {
      line += format(" -x -a '{}'", spaced(flag.choices));
    } else if (!flag.kind.empty()) {
      line += names_a_path(flag.kind) ? " -r -F" : " -x";
    }
    out += format("{} -d '{}'\n", line, fish_text(flag.about));
  }
  return out;
}

}  // namespace

std::string bash_completion(const CommandDescription& tool, const SettingTable& settings) {
  std::string out = format("# bash completion for {}\n", tool.name);
  std::string set;
  if (tool.takes_settings) {
    out += bash_settings(tool.name, settings);
    // bash splits words at =, so that KEY=VALUE is three of them.
    set = format(
        "  if [[ $prev == --set ]]; then\n"
        "    compopt -o nospace; COMPREPLY=($(compgen -S = -W '{}' -- \"$cur\")); return\n"
        "  fi\n"
        "  if [[ $cur == = && ${{COMP_WORDS[COMP_CWORD-2]}} == --set ]]; then\n"
        "    COMPREPLY=($(compgen -W \"$(_{}_values \"$prev\")\")); return\n"
        "  fi\n"
        "  if [[ $prev == = && ${{COMP_WORDS[COMP_CWORD-3]}} == --set ]]; then\n"
        "    COMPREPLY=($(compgen -W \"$(_{}_values \"${{COMP_WORDS[COMP_CWORD-2]}}\")\" -- \"$cur\")); return\n"
        "  fi\n",
        spaced(settings.keys()), tool.name, tool.name);
  }
  out += format(
      "_{}() {{\n"
      "  local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD-1]}} command='' word\n"
      "  COMPREPLY=()\n{}"
      "  if [[ $prev == = ]]; then prev=${{COMP_WORDS[COMP_CWORD-2]}}; elif [[ $cur == = ]]; then cur=''; fi\n",
      tool.name, set);
  std::string names;
  for (const std::string& name : names_of_commands(tool)) names += (names.empty() ? "" : "|") + name;
  if (!names.empty()) {
    out += format(
        "  for word in \"${{COMP_WORDS[@]:1:COMP_CWORD-1}}\"; do\n"
        "    case $word in {}) command=$word; break ;; esac\n"
        "  done\n",
        names);
  }
  out += "  case $command in\n";
  for (const CommandDescription& command : tool.commands) {
    out += format("    {})\n{}      ;;\n", command.name, bash_case(command));
  }
  out += format("    *)\n{}", bash_case(tool));
  if (!names.empty())
    out += format("      [[ $cur == -* ]] || COMPREPLY=($(compgen -W '{}' -- \"$cur\"))\n", replaced(names, "|", " "));
  out += format("      ;;\n  esac\n}}\ncomplete -o bashdefault -o default -F _{} {}\n", tool.name, tool.name);
  return out;
}

std::string zsh_completion(const CommandDescription& tool, const SettingTable& settings) {
  std::string out = format("#compdef {}\n\n", tool.name);
  if (tool.takes_settings) out += zsh_settings(tool.name, settings);
  for (const CommandDescription& command : tool.commands) {
    out += format("_{}_{}() {{\n  _arguments -s \\\n{}    && return\n}}\n\n", tool.name, command.name,
                  zsh_arguments(command, tool.name, "    "));
  }
  out += format("_{}() {{\n", tool.name);
  if (tool.commands.empty()) {
    out += format("  _arguments -s \\\n{}    && return\n", zsh_arguments(tool, tool.name, "    "));
  } else {
    std::string described;
    for (const CommandDescription& command : tool.commands) {
      described += format("    '{}:{}'\n", command.name, shell_text(replaced(command.about, ":", "\\:")));
    }
    CommandDescription flags = tool;
    flags.arguments.clear();
    out += format(
        "  local curcontext=$curcontext state line\n  local -a commands=(\n{}  )\n"
        "  _arguments -C -s \\\n{}    '1:command:->command' '*::argument:->arguments' && return\n"
        "  case $state in\n"
        "    command) _describe command commands ;;\n"
        "    arguments) (( $+functions[_{}_$line[1]] )) && _{}_$line[1] ;;\n"
        "  esac\n",
        described, zsh_arguments(flags, tool.name, "    "), tool.name, tool.name);
  }
  out += format("}}\n\nif [ \"$funcstack[1]\" = _{} ]; then _{} \"$@\"; else compdef _{} {}; fi\n", tool.name, tool.name,
                tool.name, tool.name);
  return out;
}

std::string fish_completion(const CommandDescription& tool, const SettingTable& settings) {
  std::string out = format("# fish completion for {}\n", tool.name);
  if (tool.takes_settings) {
    std::string lines;
    for (const Setting* setting : settings.rows()) {
      const Words words = listed_values(*setting);
      if (words.empty()) lines += "  echo " + setting->key + "=\n";
      for (const std::string& word : words) lines += "  echo " + setting->key + "=" + word + "\n";
    }
    out += format("function __{}_settings\n{}end\n", tool.name, lines);
  }
  const bool has_commands = !tool.commands.empty();
  out += fish_flags(tool, tool.name, has_commands ? " -n __fish_use_subcommand" : "");
  for (const CommandDescription& command : tool.commands) {
    out +=
        format("complete -c {} -n __fish_use_subcommand -f -a {} -d '{}'\n", tool.name, command.name, fish_text(command.about));
    out += fish_flags(command, tool.name, format(" -n '__fish_seen_subcommand_from {}'", command.name));
  }
  return out;
}

}  // namespace tagloom

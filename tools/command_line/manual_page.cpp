#include "tools/command_line/manual_page.h"

#include <algorithm>
#include <sstream>

#include "kernels/base/error.h"
#include "tools/command_line/version.h"

namespace tagloom {
namespace {

// Text in which man(7) sees no escapes and no requests: a line cannot begin with a point or a quote.
std::string man_text(const std::string& text) {
  std::string out;
  bool starts_line = true;
  for (const char c : text) {
    if (starts_line && (c == '.' || c == '\'')) out += "\\&";
    starts_line = c == '\n';
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  return out;
}

std::string man_title(const std::string& name, int section) {
  std::string capitals = name;
  std::transform(capitals.begin(), capitals.end(), capitals.begin(), [](unsigned char c) { return std::toupper(c); });
  return format(".TH {} {} \"\" \"Tagloom {}\" \"Tagloom\"\n", capitals, section, version());
}

std::string man_synopsis(const std::string& name, const CommandDescription& command) {
  std::string line = ".B " + man_text(name) + "\n";
  if (!command.flags.empty()) line += "[\\fIoptions\\fR]\n";
  for (const ArgumentDescription& argument : command.arguments) {
    const std::string word = "\\fI" + man_text(argument.name) + "\\fR" + (argument.several ? "..." : "");
    line += (argument.required ? word : "[" + word + "]") + "\n";
  }
  return line;
}

std::string man_entries(const CommandDescription& command) {
  std::string out;
  for (const ArgumentDescription& argument : command.arguments) {
    out += format(".TP\n.I {}\n{}\n", man_text(argument.name), man_text(argument.about));
  }
  for (const FlagDescription& flag : command.flags) {
    std::string names;
    for (const std::string& name : flag.names) names += (names.empty() ? "\\fB" : ", \\fB") + man_text(name) + "\\fR";
    if (!flag.kind.empty()) names += " \\fI" + man_text(flag.kind) + "\\fR";
    out += format(".TP\n{}\n{}\n", names, man_text(flag.about));
  }
  return out;
}

// Indented lines of a note stay as they are; others are paragraphs.
std::string man_note(const std::string& note) {
  std::string out, before;
  std::istringstream lines(note);
  for (std::string line; std::getline(lines, line); before = line) {
    if (line.empty()) continue;
    const bool indented = line.starts_with(' '), was_indented = before.starts_with(' ');
    if (was_indented && !indented) out += ".fi\n";
    if (before.empty() && !out.empty()) out += ".PP\n";
    if (indented && !was_indented) out += ".nf\n";
    if (!indented && !was_indented && !before.empty()) out += ".br\n";
    out += man_text(line) + "\n";
  }
  return before.starts_with(' ') ? out + ".fi\n" : out;
}

}  // namespace

std::string manual_page(const CommandDescription& tool) {
  std::string out = man_title(tool.name, 1);
  std::string short_about = tool.about;
  while (short_about.ends_with('.')) short_about.pop_back();
  out += format(".SH NAME\n{} \\- {}\n.SH SYNOPSIS\n", tool.name, man_text(short_about));
  if (!tool.requires_command) out += man_synopsis(tool.name, tool);
  for (size_t i = 0; i < tool.commands.size(); ++i) {
    out += (i == 0 && tool.requires_command ? "" : ".br\n") +
           man_synopsis(tool.name + " " + tool.commands[i].name, tool.commands[i]);
  }
  out += format(".SH DESCRIPTION\n{}\n.SH OPTIONS\n{}", man_text(tool.about), man_entries(tool));
  if (!tool.commands.empty()) out += ".SH COMMANDS\n";
  for (const CommandDescription& command : tool.commands) {
    out += format(".SS {}\n{}\n{}{}", man_text(tool.name + " " + command.name), man_text(command.about), man_entries(command),
                  command.note.empty() ? "" : ".PP\n" + man_note(command.note));
  }
  if (!tool.note.empty()) out += ".SH NOTES\n" + man_note(tool.note);
  out +=
      ".SH ENVIRONMENT\n.TP\n.B TAGLOOM_DATA\nThe folder from which relative paths of data and weights start if the current "
      "folder does not have them.\n"
      ".TP\n.B TAGLOOM_CACHE\nThe folder of cached features. Default \\fI~/.cache/tagloom\\fR.\n"
      ".TP\n.B NO_COLOR\nIf it is set and not empty, output has no colours.\n";
  if (tool.takes_settings) {
    out +=
        ".TP\n.BI TAGLOOM_ SECTION _ KEY\nA setting, such as TAGLOOM_TRAIN_SEED for train.seed.\n.SH SEE ALSO\n.BR "
        "tagloom\\-settings (5)\n";
  }
  return out;
}

std::string settings_manual_page(const SettingTable& settings) {
  std::string out = man_title("tagloom-settings", 5);
  out +=
      ".SH NAME\ntagloom\\-settings \\- settings of the Tagloom tools\n.SH DESCRIPTION\nSettings are read from the TOML file "
      "given with \\-c, from environment variables such as TAGLOOM_TRAIN_SEED, and from \\-\\-set KEY=VALUE; the last "
      "one wins. A star marks the settings that may change when a run resumes.\n";
  std::string section;
  for (const Setting* setting : settings.rows()) {
    const size_t point = setting->key.rfind('.');
    if (setting->key.substr(0, point) != section) {
      section = setting->key.substr(0, point);
      out += format(".SH [{}]\n", man_text(section));
    }
    std::string kinds;
    for (const std::string& kind : setting->kinds()) kinds += (kinds.empty() ? " For model.kind = " : ", ") + kind;
    if (!kinds.empty()) kinds += ".";
    out += format(".TP\n.B {} = {}{}\n{}{}\n.br\nValues: {}.\n", man_text(setting->key.substr(point + 1)),
                  man_text(value_text(setting->default_value)), setting->may_change_on_resume ? " *" : "",
                  man_text(setting->about), man_text(kinds), man_text(setting->values_text()));
  }
  return out;
}

}  // namespace tagloom

// Queries the terminal, and the environment variables that describe it.
#include "tools/command_line/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string_view>

namespace tagloom {

bool is_terminal(int file_descriptor) { return isatty(file_descriptor) == 1; }

bool use_colour(int file_descriptor) {
  const char* no_colour = std::getenv("NO_COLOR");  // https://no-color.org
  if (no_colour != nullptr && *no_colour != '\0') return false;
  const char* terminal = std::getenv("TERM");
  return is_terminal(file_descriptor) && terminal != nullptr && std::string_view(terminal) != "dumb";
}

int terminal_width(int file_descriptor) {
  winsize size{};
  return ioctl(file_descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

std::string wrapped(const std::string& text, int columns, int indent) {
  std::string out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const size_t own_indent = std::min(line.find_first_not_of(' '), line.size());
    const size_t hanging = own_indent > 0 ? std::max(own_indent, static_cast<size_t>(indent)) : 0;
    while (line.size() > static_cast<size_t>(columns)) {
      size_t space = line.rfind(' ', static_cast<size_t>(columns));
      if (space == line.npos || space <= hanging) space = line.find(' ', static_cast<size_t>(columns));
      if (space == line.npos) break;
      out += line.substr(0, space) + "\n";
      line = std::string(hanging, ' ') + line.substr(space + 1);
    }
    out += line + "\n";
  }
  return out;
}

bool shows_utf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {  // the first that is set decides
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    const std::string_view locale(value);
    return locale.find("UTF-8") != locale.npos || locale.find("utf8") != locale.npos;
  }
  return false;
}

ProgressOptions stderr_progress(bool quiet) {
  ProgressOptions options;
  options.sink = &std::cerr;
  options.style = quiet ? ProgressStyle::kQuiet : is_terminal(STDERR_FILENO) ? ProgressStyle::kBar : ProgressStyle::kLines;
  options.utf8 = shows_utf8();
  options.width = [] { return terminal_width(STDERR_FILENO); };
  return options;
}

}  // namespace tagloom

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

namespace {

// Where the continuation lines of a line begin.
size_t hanging_indent(const std::string& line, size_t widest) {
  const size_t own = std::min(line.find_first_not_of(' '), line.size());
  if (own == 0 || own >= widest) return own;
  const size_t gap = line.find("  ", own);
  const size_t column = gap == line.npos ? line.npos : line.find_first_not_of(' ', gap);
  return column <= widest ? column : own + 2;
}

}  // namespace

std::string wrapped(const std::string& text, int columns, int widest) {
  std::string out;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const size_t hanging = hanging_indent(line, static_cast<size_t>(widest)), width = static_cast<size_t>(columns);
    while (line.size() > width) {
      size_t end = line.rfind(' ', width), next = end + 1;
      if (end == line.npos || end <= hanging) {
        end = next = line.rfind('|', width - 1) + 1;  // 0 if there is none
        if (end <= hanging) {
          end = line.find(' ', width);
          next = end + 1;
        }
      }
      if (end == line.npos) break;
      out += line.substr(0, end) + "\n";
      line = std::string(hanging, ' ') + line.substr(next);
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

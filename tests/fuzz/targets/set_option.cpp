// The texts of --set, one a line.
#include <sstream>

#include "tests/fuzz/settings_text.h"
#include "tools/command_line/config.h"

namespace tagloom::fuzz {

void set_option(Input input) {
  std::istringstream lines{std::string(text_of(input))};
  std::vector<Assignment> assignments;
  for (std::string line; std::getline(lines, line);) assignments.push_back(set_assignment(line));
  write_and_read(settings_from(assignments));
}

}  // namespace tagloom::fuzz

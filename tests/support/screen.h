#pragma once
// Renders a program's output as a terminal shows it.
#include <string>
#include <vector>

namespace tagloom::test {

// The lines on a terminal of unlimited height after `output`, without trailing blanks. Handles \r, \n, \t and ESC [ K (erase to the end of
// the line), ignores colours, and wraps at `columns`; every UTF-8 character takes one column. Throws std::invalid_argument for any other
// control character.
std::vector<std::string> screen_lines(const std::string& output, int columns = 100);

}  // namespace tagloom::test

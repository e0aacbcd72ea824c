#pragma once
// What a terminal shows of a program's output.
#include <string>
#include <vector>

namespace tagloom::test {

// The lines on a terminal of unlimited height after `output`, without blanks at their ends. Obeys \r, \n and ESC [ K (erase to the end of
// the line), leaves out colours, and wraps at `columns`; each byte that does not continue a UTF-8 character takes a column. Throws
// std::invalid_argument for any other control character.
std::vector<std::string> screen_lines(const std::string& output, int columns = 100);

}  // namespace tagloom::test

// Emulates a terminal with only the control characters that the tools use.
#include "tests/support/screen.h"

#include <stdexcept>

namespace tagloom::test {
namespace {

// The cells of a line, each a UTF-8 character.
using Cells = std::vector<std::string>;

std::string line_text(const Cells& cells) {
  std::string text;
  for (const std::string& cell : cells) text += cell;
  const size_t last = text.find_last_not_of(' ');
  return last == text.npos ? "" : text.substr(0, last + 1);
}

}  // namespace

std::vector<std::string> screen_lines(const std::string& output, int columns) {
  const auto width = static_cast<size_t>(columns);
  std::vector<Cells> lines(1);
  size_t column = 0;
  for (size_t i = 0; i < output.size(); ++i) {
    const char c = output[i];
    const bool continues = (static_cast<unsigned char>(c) & 0xC0) == 0x80;
    if (continues && column > 0) {
      lines.back()[column - 1] += c;
    } else if (c == '\r') {
      column = 0;
    } else if (c == '\n') {
      lines.emplace_back();
      column = 0;
    } else if (c == '\t') {
      column = std::min(width - 1, column / 8 * 8 + 8);
      if (lines.back().size() < column) lines.back().resize(column, " ");
    } else if (c == '\033') {
      const size_t end = output.find_first_not_of("[0123456789;", i + 1);
      if (end == output.npos || (output[end] != 'K' && output[end] != 'm'))
        throw std::invalid_argument("an unknown escape sequence");
      if (output[end] == 'K' && lines.back().size() > column) lines.back().resize(column);
      i = end;
    } else if (static_cast<unsigned char>(c) < ' ') {
      throw std::invalid_argument("an unknown control character");
    } else {
      if (column == width) {
        lines.emplace_back();
        column = 0;
      }
      if (lines.back().size() <= column) lines.back().resize(column + 1, " ");
      lines.back()[column++] = std::string(1, c);
    }
  }
  std::vector<std::string> texts;
  for (const Cells& cells : lines) texts.push_back(line_text(cells));
  if (texts.back().empty()) texts.pop_back();
  return texts;
}

}  // namespace tagloom::test

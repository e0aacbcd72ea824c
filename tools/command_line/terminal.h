#pragma once
// Detects whether stdout and stderr are a terminal or a file or pipe, and what the terminal can show.
#include <string>

#include "engine/run/progress.h"

namespace tagloom {

bool is_terminal(int file_descriptor);
bool use_colour(int file_descriptor);     // a terminal that shows colours, NO_COLOR unset or empty, TERM not "dumb"
int terminal_width(int file_descriptor);  // columns; 80 if unknown
// Breaks lines of more than `columns` columns between words, or else after a |. Continuation lines of an indented line begin where its
// second column does, as in "  -q  Be quiet.", if two or more spaces end before column `widest`; otherwise two spaces further right, or
// below a line that itself begins at column `widest` or later. Longer words are not broken.
std::string wrapped(const std::string& text, int columns, int widest);

bool shows_utf8();  // from LC_ALL, LC_CTYPE and LANG

// Options for progress on stderr: a bar on a terminal, lines in a file or pipe, only warnings if `quiet`.
ProgressOptions stderr_progress(bool quiet);

}  // namespace tagloom

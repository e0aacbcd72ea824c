#pragma once
// What stands behind stdout and stderr: a person at a terminal, or a file or pipe.
#include "engine/run/progress.h"

namespace tagloom {

bool is_terminal(int file_descriptor);
bool use_colour(int file_descriptor);     // a terminal that shows colours, NO_COLOR unset or empty, TERM not "dumb"
int terminal_width(int file_descriptor);  // columns; 80 where it is not known
bool shows_utf8();                        // by the locale's variables

// Progress on stderr as suits it: a bar for a person, lines for a log, warnings alone where it shall be quiet.
ProgressOptions stderr_progress(bool quiet);

}  // namespace tagloom

#pragma once
// Writes an inspection as one self-contained HTML page: the copies with their pictures, similar tags, problems, tags and samples.
#include <string>

#include "tools/inspect/inspection.h"

namespace tagloom {

// The page. It follows the reader's light or dark preference, needs no network, and escapes all external text. At most 200 groups
// of copies with eight pictures each, and 24 samples, are shown as pictures.
std::string inspection_page(const Inspection& inspection);

}  // namespace tagloom

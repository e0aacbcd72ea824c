#pragma once
// Writes a contact sheet of a dataset's pictures with their tags.
#include <string>
#include <vector>

#include "tools/inspect/inspection.h"

namespace tagloom {

// Writes 24 pictures evenly spaced over all rows, without those that cannot be read, to a .jpg or .png. Adds the lines that failed to
// the inspection, and returns why, for those that failed only now. Throws Error(kUsage) for another extension.
std::vector<std::string> write_sample_sheet(Inspection& inspection, const std::string& file);

}  // namespace tagloom

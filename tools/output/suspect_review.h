#pragma once
// Writes the probable label errors of a dataset as a review page.
#include <string>

#include "tools/output/suspects.h"

namespace tagloom {

// The page contains each picture that has suspects in `list`, sorted by their largest margin. The picture's tags in the dataset are
// switched on, missing tags are suggested, and a note explains each suspect. Saved decisions are a manifest with the corrected tags.
void write_suspect_review(const std::string& path, const std::string& run, const SuspectList& list, const Dataset& dataset);

}  // namespace tagloom

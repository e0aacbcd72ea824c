#pragma once
// Writes the probable label errors of a dataset as a review page.
#include <string>

#include "tools/output/suspects.h"

namespace tagloom {

// One picture of the page for each that has suspects in `list`, those with the largest margin first. Its tags of the dataset are
// switched on, and the missing ones suggested; a note says what is doubtful. Saved decisions are a manifest with the corrected tags.
void write_suspect_review(const std::string& path, const std::string& run, const SuspectList& list, const Dataset& dataset);

}  // namespace tagloom

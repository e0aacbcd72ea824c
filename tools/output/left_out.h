#pragma once
// Warnings about what a dataset leaves out.
#include <string>
#include <vector>

#include "engine/data/dataset.h"

namespace tagloom {

// Warns of pictures and tags that are lost, also with --quiet.
void warn_of_losses(const Dataset& dataset);
void warn_of_unreadable(const Dataset& dataset, const std::vector<int64_t>& read);  // once the pictures have been read

// The convention that reports print with the metrics.
std::string untagged_words(Untagged untagged);

}  // namespace tagloom

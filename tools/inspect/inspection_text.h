#pragma once
// Prints an inspection for a terminal and as JSON.
#include <cstdint>
#include <string>

#include "tools/inspect/inspection.h"

namespace tagloom {

// `top` limits the tags, sizes and groups that are listed; missing and unreadable pictures are all listed.
std::string inspection_text(const Inspection& inspection, int64_t top);

// One object: of one manifest its facts, of several "manifests" with the facts of each; then "copies", "similar_tags" and "misnamed".
std::string inspection_json(const Inspection& inspection);

// "same file", "same pixels" or "near", for text and pages.
std::string copy_text(const PictureCopy& copy);

}  // namespace tagloom

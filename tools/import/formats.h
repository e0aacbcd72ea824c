#pragma once
// The formats that tagdata import reads. Each has a file of its own, which defines it.
#include <span>
#include <string>

#include "tools/import/importer.h"

namespace tagloom {

extern const DatasetFormat kCocoFormat;
extern const DatasetFormat kVocFormat;
extern const DatasetFormat kLabelmeFormat;
extern const DatasetFormat kOpenImagesFormat;
extern const DatasetFormat kHuggingfaceFormat;
extern const DatasetFormat kNusWideFormat;
extern const DatasetFormat kListsFormat;
extern const DatasetFormat kTxtFormat;
extern const DatasetFormat kXmpFormat;
extern const DatasetFormat kFoldersFormat;

std::span<const DatasetFormat* const> dataset_formats();  // in the order of help

// The format called `name`, or for "auto" the only one that the source fits. Throws Error(kData) if none or several fit, or the source
// does not exist.
const DatasetFormat& choose_format(const std::string& name, const std::filesystem::path& source);

}  // namespace tagloom

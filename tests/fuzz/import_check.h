#pragma once
// Datasets of several files for importers, and what holds for every importer.
#include <string>
#include <vector>

#include "tests/fuzz/property.h"
#include "tools/import/importer.h"

namespace tagloom::fuzz {

struct SourceFile {
  std::string name;  // may be in subfolders: "a/b.txt"
  std::string contents;
};

// The path of the one folder of a program, after its contents are replaced by these files.
const std::string& folder_with(const std::vector<SourceFile>& files);

// The pieces of an input, which the byte 0x1E separates: exactly `count`, of which the last ones may be empty.
std::vector<std::string> pieces_of(Input input, size_t count);

// Imports the source to a manifest in a folder of its own. The manifest has the pictures and tags of the summary; if the import fails,
// nothing is left in the folder.
void import_and_check(const DatasetFormat& format, const ImportRequest& request);

}  // namespace tagloom::fuzz

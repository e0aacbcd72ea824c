#pragma once
// Reads a manifest of one format, writes its rows again, and compares.
#include <string>
#include <vector>

#include "engine/data/formats/manifest_formats.h"
#include "tests/fuzz/property.h"

namespace tagloom::fuzz {

using ReadManifest = void (*)(std::string_view text, const std::string& name, ManifestBuilder& builder);
using RowText = std::string (*)(const std::string& path, const std::vector<std::string>& tags);
// `head` comes before the rows that are written.
void read_and_write_manifest(Input input, ReadManifest read, const std::string& head, RowText row_text);

}  // namespace tagloom::fuzz

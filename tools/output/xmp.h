#pragma once
// Writes XMP sidecars: a picture's tags as dc:subject in a file next to it, which photo managers read.
#include <string>
#include <vector>

namespace tagloom {

// Adds the tags to the dc:subject bag of PATH and keeps its other tags and the rest of the file. Creates the file if it does not
// exist. Throws Error(kData) if PATH is not an XMP file.
void write_xmp_sidecar(const std::string& path, const std::vector<std::string>& tags);

// The same on text: the sidecar `before` ("" if there is none) with the tags added. Messages use `name`.
std::string xmp_with_tags(const std::string& before, const std::vector<std::string>& tags, const std::string& name);

}  // namespace tagloom

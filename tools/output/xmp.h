#pragma once
// XMP sidecars: the tags of a picture as dc:subject, in a file beside it that photo managers read.
#include <string>
#include <vector>

namespace tagloom {

// Adds the tags to the dc:subject bag of PATH; a tag that is there already stays, whoever wrote it, and so does everything else
// in the file. Makes the file where there is none. Throws Error(kData) where PATH is not an XMP file.
void write_xmp_sidecar(const std::string& path, const std::vector<std::string>& tags);

// The same on text: the sidecar that holds `before` ("" for none) and the tags. `name` stands in messages.
std::string xmp_with_tags(const std::string& before, const std::vector<std::string>& tags, const std::string& name);

}  // namespace tagloom

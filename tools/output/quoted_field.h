#pragma once
// Writes a field of a CSV or TSV row so that read_manifest() (engine/data/manifest.h) reads it back.
#include <string>
#include <string_view>

namespace tagloom {

// Quotes the field if it contains a control character, a byte order mark, a quote or one of `separators`, or begins or ends with a space.
std::string quoted_field(const std::string& text, std::string_view separators);

}  // namespace tagloom

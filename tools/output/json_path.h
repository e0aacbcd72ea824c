#pragma once
// Paths in JSON, which is UTF-8; a path may be any bytes.
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace tagloom {

// Sets object[key], with U+FFFD in place of bytes that are not UTF-8. If there are any, also sets object[key + "_bytes"] to the whole
// path in base64.
void add_path(nlohmann::ordered_json& object, const std::string& key, const std::string& path);

// The value as a line of JSON in which U+007F and byte order marks are escapes. JSON does not require that, but read_manifest() rejects them in
// text.
std::string json_text(const nlohmann::ordered_json& value);

}  // namespace tagloom

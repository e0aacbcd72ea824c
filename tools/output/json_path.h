#pragma once
// Paths in JSON, which is UTF-8; a path may be any bytes.
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace tagloom {

// Sets object[key]. A path that is not UTF-8 has a U+FFFD there for each byte that is not, and object[key + "_bytes"] is the whole path in
// base64.
void add_path(nlohmann::ordered_json& object, const std::string& key, const std::string& path);

}  // namespace tagloom

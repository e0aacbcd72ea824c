#include "tools/output/json_path.h"

#include <nlohmann/json.hpp>

#include "engine/report/html_text.h"
#include "kernels/text/utf8.h"

namespace tagloom {

void add_path(nlohmann::ordered_json& object, const std::string& key, const std::string& path) {
  object[key] = with_replacements(path);
  if (find_invalid_utf8(path) != path.npos) object[key + "_bytes"] = base64({path.begin(), path.end()});
}

}  // namespace tagloom

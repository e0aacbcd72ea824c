#include "tools/output/json_path.h"

#include <nlohmann/json.hpp>

#include "engine/data/formats/text_lines.h"
#include "engine/report/html_text.h"
#include "kernels/text/utf8.h"

namespace tagloom {
namespace {

void replace_all(std::string& text, std::string_view old, std::string_view now) {
  for (size_t at = 0; (at = text.find(old, at)) != text.npos; at += now.size()) text.replace(at, old.size(), now);
}

}  // namespace

void add_path(nlohmann::ordered_json& object, const std::string& key, const std::string& path) {
  object[key] = with_replacements(path);
  if (find_invalid_utf8(path) != path.npos) object[key + "_bytes"] = base64({path.begin(), path.end()});
}

std::string json_text(const nlohmann::ordered_json& value) {
  std::string text = value.dump();
  replace_all(text, "\x7F", "\\u007f");
  replace_all(text, kByteOrderMark, "\\ufeff");
  return text;
}

}  // namespace tagloom

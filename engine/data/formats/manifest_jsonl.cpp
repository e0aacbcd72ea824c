// JSON Lines manifests: {"path": "photos/a.jpg", "tags": ["sky", "sea"]}
#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/data/formats/manifest_formats.h"
#include "engine/data/formats/text_lines.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

using nlohmann::json;

// "[json.exception…] parse error at line 1, column 9: syntax error while parsing value - unexpected …"
std::string_view after(std::string_view separator, std::string_view reason) {
  const size_t at = reason.find(separator);
  return at == reason.npos ? reason : reason.substr(at + separator.size());
}

json parse_line(const TextLines& lines) {
  try {
    return json::parse(lines.line());
  } catch (const json::parse_error& error) {
    fail(ErrorKind::kData, "{}:{}: is not JSON: {}", lines.place(), std::max<size_t>(error.byte, 1), after(": ", error.what()));
  } catch (const json::out_of_range& error) {  // a number such as 1e999
    fail(ErrorKind::kData, "{}: is not JSON: {}", lines.place(), after("] ", error.what()));
  }
}

const json& member(const json& row, const char* key, const TextLines& lines) {
  const auto found = row.find(key);
  TL_CHECK_AS(ErrorKind::kData, found != row.end(),
              "{}: has no \"{}\"; a row is {{\"path\": \"photos/a.jpg\", \"tags\": [\"sky\", \"sea\"]}}", lines.place(), key);
  return *found;
}

}  // namespace

void read_manifest_jsonl(std::string_view text, const std::string& name, ManifestBuilder& builder) {
  TextLines lines(text, name);
  while (lines.next()) {
    if (trim(lines.line()).empty()) continue;
    const json row = parse_line(lines);
    TL_CHECK_AS(ErrorKind::kData, row.is_object(), "{}: is a JSON {}, expected an object", lines.place(), row.type_name());
    const json& path = member(row, "path", lines);
    const json& tags = member(row, "tags", lines);
    TL_CHECK_AS(ErrorKind::kData, path.is_string(), "{}: \"path\" is a JSON {}, expected a string", lines.place(),
                path.type_name());
    TL_CHECK_AS(ErrorKind::kData, tags.is_array(), "{}: \"tags\" is a JSON {}, expected an array of strings", lines.place(),
                tags.type_name());
    std::vector<std::string_view> names;
    for (const json& tag : tags) {
      TL_CHECK_AS(ErrorKind::kData, tag.is_string(), "{}: a tag is a JSON {}, expected a string", lines.place(), tag.type_name());
      names.push_back(tag.get_ref<const std::string&>());
      check_text(names.back(), lines.place());  // escapes may add control characters
    }
    check_text(path.get_ref<const std::string&>(), lines.place());
    builder.add_row(path.get_ref<const std::string&>(), names, lines.number(), lines.place());
  }
}

}  // namespace tagloom

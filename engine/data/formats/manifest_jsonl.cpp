// JSON Lines manifests: {"path": "photos/a.jpg", "tags": ["sky", "sea"]}. A tag may also be an object, {"tag": "sky", "score": 0.9},
// and a path that is not UTF-8 is given in base64, as "path_bytes". tagpredict writes both forms. Keys may have the other names of
// columns (manifest_columns.h), such as "file_name" and "labels"; "label" is one tag.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/data/formats/manifest_columns.h"
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

json parse_row(std::string_view text, const JsonPlace& place) {
  try {
    return json::parse(text);
  } catch (const json::parse_error& error) {
    fail(ErrorKind::kData, "{}:{}: is not JSON: {}", place.text(), std::max<size_t>(error.byte, 1), after(": ", error.what()));
  } catch (const json::out_of_range& error) {  // a number such as 1e999
    fail(ErrorKind::kData, "{}: is not JSON: {}", place.text(), after("] ", error.what()));
  }
}

[[noreturn]] void fail_without(const char* key, const json& row, const JsonPlace& place) {
  std::string keys;
  for (const auto& [other, value] : row.items()) keys += (keys.empty() ? ", only " : ", ") + other;
  fail(ErrorKind::kData, "{}: has no \"{}\"{}; a row is {{\"path\": \"photos/a.jpg\", \"tags\": [\"sky\", \"sea\"]}}",
       place.text(), key, keys);
}

const json& member(const json& row, const char* key, const JsonPlace& place) {
  const auto found = row.find(key);
  if (found == row.end()) fail_without(key, row, place);
  return *found;
}

// The key of this kind; `usual` if the row has it, and empty if it has none.
std::string key_of(const json& row, const char* usual, ColumnKind kind) {
  if (row.contains(usual)) return usual;
  std::vector<std::string> keys;
  for (const auto& [key, value] : row.items()) keys.push_back(key);
  const std::optional<size_t> found = find_column(keys, kind);
  return found ? keys[*found] : "";
}

std::string from_base64(const std::string& text, const JsonPlace& place) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  uint32_t bits = 0;
  int count = 0;
  for (const char c : std::string_view(text).substr(0, text.find_last_not_of('=') + 1)) {
    const size_t digit = kDigits.find(c);
    TL_CHECK_AS(ErrorKind::kData, digit != kDigits.npos, "{}: \"path_bytes\" is not base64", place.text());
    bits = bits << 6 | static_cast<uint32_t>(digit);
    count += 6;
    if (count >= 8) bytes += static_cast<char>(bits >> (count -= 8) & 0xFF);
  }
  TL_CHECK_AS(ErrorKind::kData, bytes.find('\0') == bytes.npos, "{}: \"path_bytes\" contains a zero byte", place.text());
  return bytes;
}

std::string path_of(const json& row, const JsonPlace& place) {
  const bool exact = row.contains("path_bytes");
  const std::string key = exact ? "path_bytes" : key_of(row, "path", ColumnKind::kPath);
  if (key.empty()) fail_without("path", row, place);
  const json& path = row[key];
  TL_CHECK_AS(ErrorKind::kData, path.is_string(), "{}: \"{}\" is a JSON {}, expected a string", place.text(), key,
              path.type_name());
  if (exact) return from_base64(path.get_ref<const std::string&>(), place);
  check_path_text(path.get_ref<const std::string&>(), place.text());
  return path;
}

const std::string& tag_of(const json& tag, const JsonPlace& place) {
  const json& name = tag.is_object() ? member(tag, "tag", place) : tag;
  TL_CHECK_AS(ErrorKind::kData, name.is_string(), "{}: a tag is a JSON {}, expected a string", place.text(), name.type_name());
  check_text(name.get_ref<const std::string&>(), place.text());  // escapes may add control characters
  return name.get_ref<const std::string&>();
}

}  // namespace

std::string JsonPlace::text() const { return line == 0 ? name : name + ":" + std::to_string(line); }

void read_json_row(std::string_view text, const JsonPlace& place, bool needs_path,
                   const std::function<void(std::string_view path, const std::vector<std::string_view>& tags)>& take) {
  const json row = parse_row(text, place);
  TL_CHECK_AS(ErrorKind::kData, row.is_object(), "{}: is a JSON {}, expected an object", place.text(), row.type_name());
  const bool has_path = needs_path || row.contains("path") || row.contains("path_bytes");
  const std::string path = has_path ? path_of(row, place) : "";
  std::vector<std::string_view> names;
  const std::string key = key_of(row, "tags", ColumnKind::kTags), of_one = key_of(row, "tag", ColumnKind::kTag);
  if (key.empty() && of_one.empty()) fail_without("tags", row, place);
  if (key.empty()) {
    names.emplace_back(tag_of(row[of_one], place));
  } else {
    const json& tags = row[key];
    TL_CHECK_AS(ErrorKind::kData, tags.is_array(), "{}: \"{}\" is a JSON {}, expected an array of strings", place.text(), key,
                tags.type_name());
    for (const json& tag : tags) names.emplace_back(tag_of(tag, place));
  }
  take(path, names);
}

void read_manifest_jsonl(std::string_view text, const std::string& name, ManifestBuilder& builder) {
  TextLines lines(text, name);
  while (lines.next()) {
    builder.passed(lines.line().data());
    if (trim(lines.line()).empty()) continue;
    read_json_row(lines.line(), {name, lines.number()}, true,
                  [&](std::string_view path, const std::vector<std::string_view>& tags) {
                    builder.add_row(path, tags, lines.number(), lines.place());
                  });
  }
}

}  // namespace tagloom

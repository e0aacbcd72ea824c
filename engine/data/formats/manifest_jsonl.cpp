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

json parse_line(const TextLines& lines) {
  try {
    return json::parse(lines.line());
  } catch (const json::parse_error& error) {
    fail(ErrorKind::kData, "{}:{}: is not JSON: {}", lines.place(), std::max<size_t>(error.byte, 1), after(": ", error.what()));
  } catch (const json::out_of_range& error) {  // a number such as 1e999
    fail(ErrorKind::kData, "{}: is not JSON: {}", lines.place(), after("] ", error.what()));
  }
}

[[noreturn]] void fail_without(const char* key, const json& row, const TextLines& lines) {
  std::string keys;
  for (const auto& [other, value] : row.items()) keys += (keys.empty() ? ", only " : ", ") + other;
  fail(ErrorKind::kData, "{}: has no \"{}\"{}; a row is {{\"path\": \"photos/a.jpg\", \"tags\": [\"sky\", \"sea\"]}}",
       lines.place(), key, keys);
}

const json& member(const json& row, const char* key, const TextLines& lines) {
  const auto found = row.find(key);
  if (found == row.end()) fail_without(key, row, lines);
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

std::string from_base64(const std::string& text, const TextLines& lines) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  uint32_t bits = 0;
  int count = 0;
  for (const char c : std::string_view(text).substr(0, text.find_last_not_of('=') + 1)) {
    const size_t digit = kDigits.find(c);
    TL_CHECK_AS(ErrorKind::kData, digit != kDigits.npos, "{}: \"path_bytes\" is not base64", lines.place());
    bits = bits << 6 | static_cast<uint32_t>(digit);
    count += 6;
    if (count >= 8) bytes += static_cast<char>(bits >> (count -= 8) & 0xFF);
  }
  TL_CHECK_AS(ErrorKind::kData, bytes.find('\0') == bytes.npos, "{}: \"path_bytes\" contains a zero byte", lines.place());
  return bytes;
}

std::string path_of(const json& row, const TextLines& lines) {
  const bool exact = row.contains("path_bytes");
  const std::string key = exact ? "path_bytes" : key_of(row, "path", ColumnKind::kPath);
  if (key.empty()) fail_without("path", row, lines);
  const json& path = row[key];
  TL_CHECK_AS(ErrorKind::kData, path.is_string(), "{}: \"{}\" is a JSON {}, expected a string", lines.place(), key,
              path.type_name());
  if (exact) return from_base64(path.get_ref<const std::string&>(), lines);
  check_path_text(path.get_ref<const std::string&>(), lines.place());
  return path;
}

const std::string& tag_of(const json& tag, const TextLines& lines) {
  const json& name = tag.is_object() ? member(tag, "tag", lines) : tag;
  TL_CHECK_AS(ErrorKind::kData, name.is_string(), "{}: a tag is a JSON {}, expected a string", lines.place(), name.type_name());
  check_text(name.get_ref<const std::string&>(), lines.place());  // escapes may add control characters
  return name.get_ref<const std::string&>();
}

}  // namespace

void read_manifest_jsonl(std::string_view text, const std::string& name, ManifestBuilder& builder) {
  TextLines lines(text, name);
  while (lines.next()) {
    builder.passed(lines.line().data());
    if (trim(lines.line()).empty()) continue;
    const json row = parse_line(lines);
    TL_CHECK_AS(ErrorKind::kData, row.is_object(), "{}: is a JSON {}, expected an object", lines.place(), row.type_name());
    const std::string path = path_of(row, lines);
    std::vector<std::string_view> names;
    const std::string key = key_of(row, "tags", ColumnKind::kTags), of_one = key_of(row, "tag", ColumnKind::kTag);
    if (key.empty() && of_one.empty()) fail_without("tags", row, lines);
    if (key.empty()) {
      names.emplace_back(tag_of(row[of_one], lines));
    } else {
      const json& tags = row[key];
      TL_CHECK_AS(ErrorKind::kData, tags.is_array(), "{}: \"{}\" is a JSON {}, expected an array of strings", lines.place(), key,
                  tags.type_name());
      for (const json& tag : tags) names.emplace_back(tag_of(tag, lines));
    }
    builder.add_row(path, names, lines.number(), lines.place());
  }
}

}  // namespace tagloom

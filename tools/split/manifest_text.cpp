// read_manifest() has checked the file: here, a row is only taken apart.
#include "tools/split/manifest_text.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <span>

#include "engine/data/formats/quoted_fields.h"
#include "engine/data/formats/text_lines.h"
#include "engine/io/hash.h"
#include "engine/io/read_file.h"
#include "engine/report/html_text.h"
#include "kernels/base/error.h"
#include "kernels/text/utf8.h"
#include "tools/output/quoted_field.h"

namespace tagloom {
namespace {

// The end of the text in quotes that begins at `begin`, after the closing quote. In JSON a backslash escapes a quote; in CSV a second
// quote does, which the caller sees as two texts in a row.
size_t after_quotes(std::string_view text, size_t begin, bool json) {
  for (size_t at = begin + 1; at < text.size(); ++at) {
    if (json && text[at] == '\\')
      ++at;
    else if (text[at] == '"')
      return at + 1;
  }
  return text.size();
}

size_t after_field(std::string_view text, std::string_view ends) {
  if (!text.starts_with('"')) return std::min(text.find_first_of(ends), text.size());
  size_t end = after_quotes(text, 0, false);
  while (end < text.size() && text[end] == '"') end = after_quotes(text, end, false);
  return end;
}

// The values of the object's own members "path" and "path_bytes", not of objects in it.
std::vector<PathSpan> json_paths(std::string_view line) {
  std::vector<PathSpan> paths;
  int depth = 0;
  for (size_t at = 0; at < line.size(); ++at) {
    const char c = line[at];
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (c != '"') continue;
    const size_t end = after_quotes(line, at, true);
    const size_t colon = line.find_first_not_of(" \t", end);
    if (depth == 1 && colon != line.npos && line[colon] == ':') {
      const std::string key = nlohmann::json::parse(line.substr(at, end - at));
      const size_t value = line.find_first_not_of(" \t", colon + 1);
      if ((key == "path" || key == "path_bytes") && line[value] == '"')
        paths.push_back({value, after_quotes(line, value, true) - value, key == "path_bytes"});
    }
    at = end - 1;
  }
  return paths;
}

// U+007F and byte order marks are valid in JSON, but read_manifest() rejects them in text; as escapes it reads them.
std::string json_string(const std::string& text) {
  const bool escape = text.find('\x7F') != text.npos || text.find(kByteOrderMark) != text.npos;
  return nlohmann::json(with_replacements(text)).dump(-1, ' ', escape);
}

bool is_heading(std::string_view row) {
  QuotedFields fields(row, "");
  std::vector<std::string> names;
  do names.push_back(fields.field(","));
  while (fields.take(','));
  return names == std::vector<std::string>{"path", "tags"} || names == std::vector<std::string>{"path", "tag", "score"};
}

std::string unquoted(std::string_view field) { return QuotedFields(field, "").field(""); }

}  // namespace

ManifestText::ManifestText(const Manifest& manifest) : bytes_(read_file(manifest.file)) {
  TL_CHECK_AS(ErrorKind::kData, hash_bytes(std::as_bytes(std::span(bytes_))) == manifest.content_hash,
              "{}: was changed while it was being read: run the command again", manifest.file.string());
  std::string extension = manifest.file.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(), [](unsigned char c) { return std::tolower(c); });
  format_ = extension == ".jsonl" ? Format::kJson : extension == ".csv" ? Format::kCsv : Format::kTsv;
  take_rows({reinterpret_cast<const char*>(bytes_.data()), bytes_.size()});
  find_pictures(manifest);
}

void ManifestText::take_rows(std::string_view whole) {
  std::string_view rest = without_byte_order_mark(whole);
  heading_ = whole.substr(0, whole.size() - rest.size());
  for (bool first = true; !rest.empty();) {
    // Only a quoted path contains line breaks.
    const size_t path = format_ == Format::kJson ? 0 : after_field(rest, format_ == Format::kCsv ? ",\r\n" : "\t\r\n");
    const size_t newline = std::min(rest.find('\n', path), rest.size());
    std::string_view text = rest.substr(0, newline);
    rest.remove_prefix(std::min(newline + 1, rest.size()));
    const bool carriage = text.ends_with('\r');
    if (carriage) text.remove_suffix(1);
    if (text.find_first_not_of(format_ == Format::kTsv ? " " : " \t") == text.npos) continue;  // as read_manifest() skips it
    if (first && carriage) line_end_ = "\r\n";
    if (first && format_ == Format::kCsv && is_heading(text)) {
      heading_ = whole.substr(0, whole.size() - rest.size());
      tag_rows_ = std::count(text.begin(), text.end(), ',') == 2;
    } else {
      rows_.push_back({static_cast<int64_t>(rows_.size()), text,
                       format_ == Format::kJson ? json_paths(text) : std::vector<PathSpan>{{0, path}}});
    }
    first = false;
  }
}

void ManifestText::find_pictures(const Manifest& manifest) {
  TL_CHECK(tag_rows_ || rows_.size() == manifest.rows.size(), "internal error: {}: {} rows, {} texts", manifest.file.string(),
           manifest.rows.size(), rows_.size());
  if (!tag_rows_) return;  // text i is row i
  std::map<std::string_view, int64_t> rows;
  for (size_t i = 0; i < manifest.rows.size(); ++i) rows.emplace(manifest.rows[i].path, static_cast<int64_t>(i));
  for (RowText& row : rows_) row.row = rows.at(unquoted(row.text.substr(0, row.path[0].size)));
}

std::string ManifestText::with_path(const RowText& row, const std::string& path) const {
  std::string text;
  size_t kept = 0;
  for (const PathSpan& span : row.path) {
    text += row.text.substr(kept, span.begin - kept);
    kept = span.begin + span.size;
    if (format_ != Format::kJson)
      text += quoted_field(path, format_ == Format::kCsv ? "," : "");
    else
      text += span.base64 ? '"' + base64({path.begin(), path.end()}) + '"' : json_string(path);
  }
  return text.append(row.text.substr(kept));
}

}  // namespace tagloom

// read_manifest() has checked the file: here, a row is only taken apart.
#include "tools/split/manifest_text.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>

#include "engine/data/formats/quoted_fields.h"
#include "engine/data/formats/text_lines.h"
#include "engine/io/hash.h"
#include "engine/io/read_file.h"
#include "engine/report/html_text.h"
#include "kernels/base/error.h"
#include "kernels/text/utf8.h"
#include "tools/output/json_path.h"
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

// After a TSV field with several tags, each of which may be in quotes.
size_t after_tags(std::string_view text) {
  for (size_t at = 0;; ++at) {
    at = std::min(text.find_first_not_of(' ', at), text.size());
    at += after_field(text.substr(at), ",\t\r\n");
    at = std::min(text.find_first_not_of(' ', at), text.size());
    if (at == text.size() || text[at] != ',') return at;
  }
}

// The values of the object's own members that hold the path, not of objects in it: "path" and "path_bytes", or another name of the column.
std::vector<PathSpan> json_paths(std::string_view line) {
  std::vector<PathSpan> paths, others;
  std::vector<std::string> names;  // of others
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
      if (line[value] == '"') {
        const PathSpan span{value, after_quotes(line, value, true) - value, key == "path_bytes"};
        if (key == "path" || key == "path_bytes") {
          paths.push_back(span);
        } else {
          others.push_back(span);
          names.push_back(key);
        }
      }
    }
    at = end - 1;
  }
  const std::optional<size_t> other = find_column(names, ColumnKind::kPath);
  if (paths.empty() && other) paths.push_back(others[*other]);
  return paths;
}

std::string unquoted(std::string_view field) { return QuotedFields(field, "").field(""); }

}  // namespace

ManifestText::ManifestText(const Manifest& manifest) : bytes_(read_file(manifest.file)) {
  TL_CHECK_AS(ErrorKind::kData, hash_bytes(std::as_bytes(std::span(bytes_))) == manifest.content_hash,
              "{}: was changed while it was being read: run the command again", manifest.file.string());
  std::string extension = manifest.file.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(), [](unsigned char c) { return std::tolower(c); });
  const std::string_view text(reinterpret_cast<const char*>(bytes_.data()), bytes_.size());
  const std::string name = manifest.file.string();
  if (extension != ".jsonl") layout_ = extension == ".csv" ? csv_layout(text, name) : tsv_layout(text, name);
  format_ = extension == ".jsonl" ? Format::kJson : layout_.separator == '\t' ? Format::kTsv : Format::kCsv;
  tag_rows_ = layout_.columns.one_tag_per_row;
  take_rows(text);
  find_pictures(manifest);
}

// The path's place in the row that `text` begins with, and the end of the row, which may contain line breaks in quotes.
std::pair<PathSpan, size_t> ManifestText::path_and_end(std::string_view text) const {
  const std::string ends = std::string(1, layout_.separator) + "\r\n";
  PathSpan path;
  size_t at = 0;
  for (size_t column = 0;; ++column) {
    const bool list = format_ == Format::kTsv && column == layout_.columns.tags && !tag_rows_;
    const size_t size = list ? after_tags(text.substr(at)) : after_field(text.substr(at), ends);
    if (column == layout_.columns.path) path = {at, size};
    at += size;
    if (at >= text.size() || text[at] != layout_.separator) return {path, std::min(text.find('\n', at), text.size())};
    ++at;
  }
}

void ManifestText::take_rows(std::string_view whole) {
  std::string_view rest = without_byte_order_mark(whole);
  heading_ = whole.substr(0, whole.size() - rest.size());
  bool first = true;
  for (int64_t headings = layout_.heading_rows; !rest.empty();) {
    const auto [path, newline] =
        format_ == Format::kJson ? std::pair(PathSpan(), std::min(rest.find('\n'), rest.size())) : path_and_end(rest);
    std::string_view text = rest.substr(0, newline);
    rest.remove_prefix(std::min(newline + 1, rest.size()));
    const bool carriage = text.ends_with('\r');
    if (carriage) text.remove_suffix(1);
    if (text.find_first_not_of(format_ == Format::kTsv ? " " : " \t") == text.npos) continue;  // as read_manifest() skips it
    if (first && carriage) line_end_ = "\r\n";
    first = false;
    if (headings-- > 0) {
      heading_ = whole.substr(0, whole.size() - rest.size());
    } else {
      rows_.push_back(
          {static_cast<int64_t>(rows_.size()), text, format_ == Format::kJson ? json_paths(text) : std::vector<PathSpan>{path}});
    }
  }
}

void ManifestText::find_pictures(const Manifest& manifest) {
  TL_CHECK(tag_rows_ || rows_.size() == manifest.rows.size(), "internal error: {}: {} rows, {} texts", manifest.file.string(),
           manifest.rows.size(), rows_.size());
  if (!tag_rows_) return;  // text i is row i
  std::map<std::string_view, int64_t> rows;
  for (size_t i = 0; i < manifest.rows.size(); ++i) rows.emplace(manifest.rows[i].path, static_cast<int64_t>(i));
  for (RowText& row : rows_) row.row = rows.at(unquoted(row.text.substr(row.path[0].begin, row.path[0].size)));
}

std::string ManifestText::with_path(const RowText& row, const std::string& path) const {
  std::string text;
  size_t kept = 0;
  for (const PathSpan& span : row.path) {
    text += row.text.substr(kept, span.begin - kept);
    kept = span.begin + span.size;
    if (format_ != Format::kJson)
      text += quoted_field(path, format_ == Format::kCsv ? std::string(1, layout_.separator) : "");
    else
      text += span.base64 ? '"' + base64({path.begin(), path.end()}) + '"' : json_text(with_replacements(path));
  }
  return text.append(row.text.substr(kept));
}

}  // namespace tagloom

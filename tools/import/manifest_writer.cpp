// Quotes paths and tags as the readers in engine/data/formats expect them.
#include "tools/import/manifest_writer.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/data/formats/text_lines.h"
#include "kernels/base/error.h"
#include "kernels/text/utf8.h"
#include "tools/output/json_path.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;

std::string in_quotes(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) result.append(c == '"' ? 2 : 1, c);
  return result + '"';
}

bool has_controls(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }) ||
         text.find(kByteOrderMark) != text.npos;
}

std::string tsv_field(std::string_view text, std::string_view separators) {
  const bool quote = text.starts_with('"') || text.find_first_of(separators) != text.npos || has_controls(text);
  return quote ? in_quotes(text) : std::string(text);
}

std::string csv_field(std::string_view text) {
  return text.find_first_of("\",") != text.npos || has_controls(text) ? in_quotes(text) : std::string(text);
}

std::string tsv_row(const std::string& path, const std::vector<std::string>& tags) {
  std::string row = tsv_field(path, "\t") + '\t';
  for (size_t i = 0; i < tags.size(); ++i) row.append(i ? "," : "").append(tsv_field(tags[i], ",\t"));
  return row + '\n';
}

std::string csv_row_of(const std::string& path, const std::vector<std::string>& tags, const std::string& name) {
  std::string field;
  for (const std::string& tag : tags) {
    TL_CHECK(tag.find_first_of(",;") == tag.npos,
             "{}: the tag \"{}\" contains a separator of tags in CSV; write a .tsv or .jsonl", name, tag);
    field.append(field.empty() ? "" : ",").append(tag);
  }
  return csv_field(path) + ',' + csv_field(field) + '\n';
}

std::string jsonl_row(const std::string& path, const std::vector<std::string>& tags) {
  nlohmann::ordered_json row;
  add_path(row, "path", path);
  row["tags"] = tags;
  return row.dump() + '\n';
}

}  // namespace

ManifestWriter::ManifestWriter(const std::string& file)
    : name_(file),
      kind_([&] {
        std::string extension = fs::path(file).extension().string();
        for (char& c : extension) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        TL_CHECK(extension == ".tsv" || extension == ".csv" || extension == ".jsonl",
                 "{}: the extension selects the format of a manifest: .tsv, .csv or .jsonl", file);
        return extension == ".tsv" ? Kind::kTsv : extension == ".csv" ? Kind::kCsv : Kind::kJsonl;
      }()),
      folder_(fs::weakly_canonical(fs::absolute(file).parent_path())),
      file_(file) {
  if (kind_ == Kind::kCsv) file_.write("path,tags\n");
}

std::string ManifestWriter::stored_path(const fs::path& picture) {
  const std::string parent = picture.parent_path().string();
  const auto [found, added] = prefixes_.emplace(parent, "");
  if (added) {
    std::error_code error;
    const fs::path absolute = fs::absolute(parent.empty() ? "." : parent);
    fs::path folder = fs::weakly_canonical(absolute, error);
    if (error) folder = absolute.lexically_normal();
    const auto common = std::mismatch(folder.begin(), folder.end(), folder_.begin(), folder_.end()).first;
    const bool related = std::distance(folder.begin(), common) > 1 || folder_ == folder_.root_path();
    const fs::path prefix = related ? folder.lexically_relative(folder_) : folder;
    found->second = prefix == "." ? "" : (prefix / "").string();
  }
  return found->second + picture.filename().string();
}

void ManifestWriter::add(const fs::path& picture, const std::vector<std::string>& tags) {
  const std::string path = stored_path(picture);
  TL_CHECK(kind_ == Kind::kJsonl || find_invalid_utf8(path) == path.npos, "{}: the path {} is not UTF-8; write a .jsonl", name_,
           path);
  file_.write(kind_ == Kind::kTsv   ? tsv_row(path, tags)
              : kind_ == Kind::kCsv ? csv_row_of(path, tags, name_)
                                    : jsonl_row(path, tags));
}

void ManifestWriter::commit() { file_.commit(); }

}  // namespace tagloom

// Picks the reader by the extension; checks and collects its rows.
#include "engine/data/manifest.h"

#include <algorithm>
#include <cctype>
#include <span>

#include "engine/data/formats/manifest_formats.h"
#include "engine/data/formats/text_lines.h"
#include "engine/io/hash.h"
#include "engine/io/read_file.h"
#include "kernels/base/error.h"

namespace tagloom {

void ManifestBuilder::add_row(std::string_view path, const std::vector<std::string_view>& tags, int64_t line,
                              const std::string& place) {
  TL_CHECK_AS(ErrorKind::kData, !path.empty(), "{}: the picture's path is empty", place);
  ManifestRow row{std::string(path), {}, line};
  for (const std::string_view tag : tags) {
    const std::string_view name = trim(tag);
    TL_CHECK_AS(ErrorKind::kData, !name.empty(), "{}: {} has an empty tag; remove the extra separator", place, path);
    const int32_t id = tag_id(name);
    if (std::find(row.tags.begin(), row.tags.end(), id) == row.tags.end())
      row.tags.push_back(id);
    else
      ++manifest_.repeated_tags;
  }
  manifest_.rows.push_back(std::move(row));
}

int32_t ManifestBuilder::tag_id(std::string_view name) {
  const auto known = ids_.find(name);
  if (known != ids_.end()) return known->second;
  const auto id = static_cast<int32_t>(manifest_.tag_names.size());
  manifest_.tag_names.emplace_back(name);
  ids_.emplace(name, id);
  return id;
}

std::vector<std::string_view> split_tags(std::string_view field, std::string_view separators) {
  std::vector<std::string_view> tags;
  if (trim(field).empty()) return tags;
  while (true) {
    const size_t end = field.find_first_of(separators);
    tags.push_back(field.substr(0, end));
    if (end == field.npos) return tags;
    field.remove_prefix(end + 1);
  }
}

Manifest read_manifest(const std::filesystem::path& file) {
  std::string extension = file.extension().string();
  for (char& c : extension) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const auto read = extension == ".tsv"     ? read_manifest_tsv
                    : extension == ".csv"   ? read_manifest_csv
                    : extension == ".jsonl" ? read_manifest_jsonl
                                            : nullptr;
  TL_CHECK_AS(ErrorKind::kData, !std::filesystem::is_directory(file),
              "{}: this is a folder: give a manifest (.tsv, .csv or .jsonl)", file.string());
  TL_CHECK_AS(ErrorKind::kData, read != nullptr,
              "{}: the extension must be .tsv, .csv or .jsonl: rename the file .tsv if tabs separate the fields, .csv if commas "
              "or semicolons do",
              file.string());

  const std::vector<uint8_t> bytes = read_file(file);
  Manifest manifest;
  manifest.file = file;
  manifest.content_hash = hash_bytes(std::as_bytes(std::span(bytes)));
  ManifestBuilder builder(manifest);
  read(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()), file.string(), builder);
  return manifest;
}

}  // namespace tagloom

// Hugging Face's imagefolder: metadata.jsonl or metadata.csv beside the pictures, with a column file_name and one with the tags.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/core/counted.h"
#include "engine/data/formats/manifest_formats.h"
#include "engine/data/formats/quoted_fields.h"
#include "engine/data/formats/text_lines.h"
#include "engine/io/mapped_file.h"
#include "kernels/base/error.h"
#include "tools/import/formats.h"
#include "tools/import/source_files.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// In the order of preference.
constexpr const char* kTagColumns[] = {"tags",     "labels",  "label", "objects", "categories",
                                       "category", "classes", "class", "keywords"};

// Whether a string in a column of this name is one tag; in other columns it is a list with commas.
bool is_single(const std::string& column) { return column == "label" || column == "category" || column == "class"; }

std::string chosen_column(const std::vector<std::string>& columns, const std::string& wanted, const std::string& place) {
  const auto has = [&](const std::string& name) { return std::find(columns.begin(), columns.end(), name) != columns.end(); };
  std::string listed;
  for (const std::string& column : columns) {
    if (column != "file_name") listed.append(listed.empty() ? "" : ", ").append(column);
  }
  if (!wanted.empty()) {
    TL_CHECK_AS(ErrorKind::kData, has(wanted), "{}: has no column \"{}\": choose one of {} with --column", place, wanted, listed);
    return wanted;
  }
  for (const char* name : kTagColumns) {
    if (has(name)) return name;
  }
  TL_CHECK_AS(ErrorKind::kData, !listed.empty(), "{}: has only the column file_name, and none with tags", place);
  fail(ErrorKind::kData, "{}: has no column named tags, labels, objects or the like: choose one of {} with --column", place,
       listed);
}

// Adds the tags in a value of the column. A string is one tag if `whole`, otherwise a list with commas.
void add_tags(const json& value, bool whole, const std::string& place, std::vector<std::string>& tags, int depth = 0) {
  constexpr int kDeepest = 3;  // [{"categories": ["cat"]}]
  TL_CHECK_AS(ErrorKind::kData, depth <= kDeepest, "{} nests its lists too deeply: expected [\"sky\", \"sea\"]", place);
  if (value.is_null()) return;
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    if (!whole) {
      for (const std::string_view tag : split_tags(text, ",")) tags.emplace_back(tag);
    } else if (!trim(text).empty()) {
      tags.push_back(text);
    }
  } else if (value.is_array()) {  // its strings are whole tags
    for (const json& one : value) add_tags(one, true, place, tags, depth + 1);
  } else if (value.is_object()) {  // {"bbox": [...], "categories": ["cat", "dog"]}
    for (const char* key : {"categories", "category", "labels", "label", "names", "name", "tags", "tag"}) {
      if (value.contains(key)) return add_tags(value[key], true, place, tags, depth + 1);
    }
    fail(ErrorKind::kData, "{} has an object without any of the keys categories, category, labels, label, names, name", place);
  } else {
    TL_CHECK_AS(ErrorKind::kData, !value.is_number(),
                "{} is the number {}, and the file does not name the tag: replace the numbers by names", place, value.dump());
    fail(ErrorKind::kData, "{} is a JSON {}, expected a string or a list of strings", place, value.type_name());
  }
}

std::string place_of(const std::string& line, const std::string& column) { return line + ": \"" + column + '"'; }

json parsed(std::string_view text, const std::string& place) {
  try {
    return json::parse(text);
  } catch (const json::exception& error) {
    const std::string_view reason = error.what();
    fail(ErrorKind::kData, "{}: is not JSON: {}", place, reason.substr(std::min(reason.find("] "), reason.size() - 2) + 2));
  }
}

fs::path picture_of(const std::string& file_name, const fs::path& folder, const std::string& place) {
  check_path_text(file_name, place);
  TL_CHECK_AS(ErrorKind::kData, !file_name.empty(), "{}: the file_name is empty", place);
  return folder / file_name;
}

void read_json_lines(std::string_view text, const fs::path& file, const fs::path& folder, std::string column,
                     const ImportSink& sink) {
  bool chosen = false;
  for (TextLines lines(text, file.string()); lines.next();) {
    if (trim(lines.line()).empty()) continue;
    const json row = parsed(lines.line(), lines.place());
    TL_CHECK_AS(ErrorKind::kData, row.is_object(), "{}: is a JSON {}, expected an object", lines.place(), row.type_name());
    const auto name = row.find("file_name");
    TL_CHECK_AS(ErrorKind::kData, name != row.end() && name->is_string(), "{}: has no \"file_name\" that is a string",
                lines.place());
    if (!chosen) {
      std::vector<std::string> columns;
      for (const auto& [key, value] : row.items()) columns.push_back(key);
      column = chosen_column(columns, column, lines.place());
      chosen = true;
    }
    ImportedPicture picture{picture_of(name->get<std::string>(), folder, lines.place()), {}, lines.place()};
    if (row.contains(column)) add_tags(row[column], is_single(column), place_of(lines.place(), column), picture.tags);
    sink(std::move(picture));
  }
}

std::vector<std::string> csv_fields(QuotedFields& fields) {
  std::vector<std::string> row;
  do row.push_back(fields.field(","));
  while (fields.take(','));
  fields.end_row("a comma");
  return row;
}

// A list in CSV is a JSON array, ["cat", "dog"], or a string with commas.
void read_csv_rows(std::string_view text, const fs::path& file, const fs::path& folder, std::string column,
                   const ImportSink& sink) {
  QuotedFields fields(text, file.string());
  if (!fields.next_row(" \t")) return;
  const std::vector<std::string> header = csv_fields(fields);
  const auto place_in = [&](const std::string& name) { return std::find(header.begin(), header.end(), name) - header.begin(); };
  const auto name = static_cast<size_t>(place_in("file_name"));
  TL_CHECK_AS(ErrorKind::kData, name < header.size(), "{}: has no column \"file_name\"", fields.place());
  column = chosen_column(header, column, fields.place());
  const auto tags = static_cast<size_t>(place_in(column));
  while (fields.next_row(" \t")) {
    const std::vector<std::string> row = csv_fields(fields);
    TL_CHECK_AS(ErrorKind::kData, row.size() == header.size(), "{}: has {}, but the heading has {}", fields.place(),
                counted(static_cast<int64_t>(row.size()), "field"), header.size());
    check_text(row[tags], fields.place());
    ImportedPicture picture{picture_of(row[name], folder, fields.place()), {}, fields.place()};
    const bool list = trim(row[tags]).starts_with('[');
    add_tags(list ? parsed(row[tags], fields.place()) : json(row[tags]), is_single(column), place_of(fields.place(), column),
             picture.tags);
    sink(std::move(picture));
  }
}

std::string metadata_in(const fs::path& folder) {
  for (const char* name : {"metadata.jsonl", "metadata.csv"}) {
    if (is_file(folder / name)) return (folder / name).string();
  }
  return "";
}

ImportReport read_huggingface(const ImportRequest& request, const ImportSink& sink) {
  const fs::path source = request.split.empty() ? request.source : request.source / request.split;
  const fs::path file = fs::is_directory(source) ? fs::path(metadata_in(source)) : request.split.empty() ? source : fs::path();
  TL_CHECK_AS(ErrorKind::kData, !file.empty(), "{}: has no metadata.jsonl or metadata.csv", source.string());
  const fs::path folder = request.pictures.empty() ? file.parent_path() : request.pictures;
  const MappedFile bytes(file.string());
  const std::string_view text(reinterpret_cast<const char*>(bytes.bytes().data()), bytes.bytes().size());
  (file.extension() == ".csv" ? read_csv_rows : read_json_lines)(text, file, folder, request.column, sink);
  ImportReport report;
  report.order = "as in the file; its meaning is not stated there";
  report.lists = {file};
  return report;
}

bool looks_like_huggingface(const fs::path& source) {
  const std::string name = source.filename().string();
  return name == "metadata.jsonl" || name == "metadata.csv" || !metadata_in(source).empty();
}

}  // namespace

const DatasetFormat kHuggingfaceFormat = {
    "huggingface", "Hugging Face's imagefolder: metadata.jsonl or metadata.csv with file_name and tags, or its folder.",
    "split column", looks_like_huggingface, read_huggingface};

}  // namespace tagloom

#include "engine/data/formats/manifest_columns.h"

#include <algorithm>
#include <cctype>

#include "engine/data/formats/text_lines.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

const std::vector<std::string> kPathNames{"path",      "filepath",  "filename", "file",    "sourcefile", "imagepath",
                                          "imagefile", "imagename", "image",    "picture", "photo",      "img"};
const std::vector<std::string> kTagsNames{"tags", "labels", "keywords", "categories", "classes", "subject"};
const std::vector<std::string> kTagNames{"tag", "label", "keyword", "category", "class", "labelname", "classname"};

const std::vector<std::string>& names_of_kind(ColumnKind kind) {
  return kind == ColumnKind::kPath ? kPathNames : kind == ColumnKind::kTags ? kTagsNames : kTagNames;
}

// "File Name" and "file_name" become "filename".
std::string plain_name(std::string_view name) {
  std::string plain;
  for (const char c : name) {
    if (c != ' ' && c != '_' && c != '-') plain += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return plain;
}

std::string listed_names(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace

std::optional<size_t> find_column(const std::vector<std::string>& names, ColumnKind kind) {
  for (const std::string& known : names_of_kind(kind)) {
    for (size_t i = 0; i < names.size(); ++i) {
      if (plain_name(names[i]) == known) return i;
    }
  }
  return {};
}

bool has_extension(std::string_view path) {
  const size_t dot = path.rfind('.');
  if (dot == path.npos || dot == 0) return false;
  const std::string_view extension = path.substr(dot + 1);
  return extension.size() >= 2 && extension.size() <= 5 &&
         std::ranges::all_of(extension, [](unsigned char c) { return std::isalnum(c) != 0; });
}

std::optional<ManifestColumns> columns_from_heading(const std::vector<std::string>& first_row, const std::string& place,
                                                    const std::string& example) {
  const auto path = find_column(first_row, ColumnKind::kPath);
  const auto tags = find_column(first_row, ColumnKind::kTags), tag = find_column(first_row, ColumnKind::kTag);
  if ((!path && !tags && !tag) || std::ranges::any_of(first_row, has_extension)) return {};
  for (const std::string& cell : first_row) check_path_text(cell, place);
  TL_CHECK_AS(ErrorKind::kData, path.has_value(),
              "{}: the heading \"{}\" has no column of pictures: name that column path, as in {}", place, listed_names(first_row),
              example);
  TL_CHECK_AS(ErrorKind::kData, tags || tag,
              "{}: the heading \"{}\" has no column of tags: name that column tags, as in {}, or tag if each row has one tag",
              place, listed_names(first_row), example);
  return ManifestColumns{first_row.size(), *path, tags ? *tags : *tag, !tags, listed_names(first_row)};
}

void UnknownHeading::add(const std::string& path, const std::string& place) {
  if (++rows_ == 1) {
    first_ = path;
    place_ = place;
  }
  if (rows_ != 2 || first_.find_first_of("./\\") != first_.npos || !has_extension(path)) return;
  fail(ErrorKind::kData,
       "{}: \"{}\" has no extension, unlike \"{}\" in the next row: if it is a heading, write {}; if it is a picture, add the "
       "heading {} above it",
       place_, first_, path, example_, example_);
}

void TagRows::add(const std::string& path, const std::string& tag, int64_t line, const std::string& place) {
  if (line_ == 0 || path != path_) {
    add_picture();
    path_ = path;
    place_ = place;
    line_ = line;
  }
  if (!trim(tag).empty()) tags_.push_back(tag);
}

void TagRows::finish() {
  if (line_ == 0) return;
  add_picture();
  builder_.join_rows();
}

void TagRows::add_picture() {
  if (line_ > 0) builder_.add_row(path_, {tags_.begin(), tags_.end()}, line_, place_);
  tags_.clear();
}

}  // namespace tagloom

#pragma once
// Finds the columns of pictures and tags in a manifest's heading, such as file_name,labels.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/data/formats/manifest_formats.h"

namespace tagloom {

// Where a row has its path and tags; without a heading the path is first and the tags second.
struct ManifestColumns {
  size_t count = 2, path = 0, tags = 1;
  bool one_tag_per_row = false;
  std::string names = {};  // "path, tag, score"; empty without a heading
};

// The names that a heading or a JSON key may have, the preferred ones first. Capitals, spaces, - and _ do not matter.
enum class ColumnKind { kPath, kTags, kTag };
// The index in `names` of the preferred name of this kind, if there is one.
std::optional<size_t> find_column(const std::vector<std::string>& names, ColumnKind kind);

// Empty if the first row is a picture. Throws Error(kData) for a heading that lacks a column of pictures or tags; `example` is the
// heading that the message recommends: "path,tags".
std::optional<ManifestColumns> columns_from_heading(const std::vector<std::string>& first_row, const std::string& place,
                                                    const std::string& example);

// How a .csv or .tsv is laid out: the character between fields, the rows before those of pictures, and the columns.
struct ManifestLayout {
  char separator = ',';
  int64_t heading_rows = 0;
  ManifestColumns columns;
};
ManifestLayout csv_layout(std::string_view text, const std::string& name);
ManifestLayout tsv_layout(std::string_view text, const std::string& name);

// Whether the name ends with an extension such as .jpg.
bool has_extension(std::string_view path);

// Detects a heading with unknown names: its first field has no extension, unlike the path in the next row. add() takes the paths in
// the order of the rows and throws Error(kData) at the second one.
class UnknownHeading {
 public:
  explicit UnknownHeading(std::string example) : example_(std::move(example)) {}
  void add(const std::string& path, const std::string& place);

 private:
  std::string example_, first_, place_;
  int64_t rows_ = 0;
};

// Adds the pictures of a manifest with one tag per row to a builder. A picture's rows may come in any order; those that follow each
// other take no more memory than a row with all tags.
class TagRows {
 public:
  explicit TagRows(ManifestBuilder& builder) : builder_(builder) {}
  // An empty tag adds none. The picture's line is that of its first row.
  void add(const std::string& path, const std::string& tag, int64_t line, const std::string& place);
  void finish();  // after the last row; does nothing without rows

 private:
  void add_picture();

  ManifestBuilder& builder_;
  std::string path_, place_;
  int64_t line_ = 0;  // of the first row of the picture that is being read; 0 before the first
  std::vector<std::string> tags_;
};

}  // namespace tagloom

// CSV manifests (RFC 4180): photos/a.jpg,"sky,sea"; under a heading the columns may have any order, and path,tag,score has one tag per
// row. Semicolons or tabs may separate the fields, as in Excel's files.
#include <optional>

#include "engine/data/formats/manifest_columns.h"
#include "engine/data/formats/quoted_fields.h"
#include "engine/data/formats/text_lines.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

using CsvRow = std::vector<std::string>;

constexpr std::string_view kSeparatorLine = "sep=";  // Excel's way to name the separator, in the first line

std::string csv_example(char separator) { return separator == ';' ? "path;tags" : "path,tags"; }

// The fields of a row. Their text is not checked.
CsvRow cells_of(QuotedFields& fields, char separator) {
  CsvRow row;
  do {
    row.push_back(fields.field({&separator, 1}));
  } while (fields.take(separator));
  return row;
}

// Those of the first row; empty if there is none.
CsvRow first_cells(std::string_view text, const std::string& name, char separator) {
  QuotedFields fields(text, name);
  return fields.next_row(" \t") ? cells_of(fields, separator) : CsvRow();
}

// A heading, or else the first separator of the first row decides. A comma comes first if a path may contain the other.
char csv_separator(std::string_view text, const std::string& name) {
  const std::string_view begin = without_byte_order_mark(text);
  if (begin.starts_with(kSeparatorLine) && begin.size() > kSeparatorLine.size()) return begin[kSeparatorLine.size()];
  const CsvRow by_comma = first_cells(text, name, ',');
  for (const char separator : {';', '\t'}) {
    const CsvRow row = first_cells(text, name, separator);
    if (row.size() < 2) continue;
    const bool heading =
        find_column(row, ColumnKind::kPath) && (find_column(row, ColumnKind::kTags) || find_column(row, ColumnKind::kTag));
    if (heading || by_comma.size() == 1 || (row[0].size() < by_comma[0].size() && has_extension(row[0]))) return separator;
  }
  return ',';
}

// `path` is the index of the path, which in quotes may contain any character, because file names may; so may fields that are not read.
CsvRow csv_row(QuotedFields& fields, char separator, const ManifestColumns& columns) {
  CsvRow row;
  do {
    row.push_back(fields.field({&separator, 1}));
    const size_t at = row.size() - 1;
    if (fields.quoted() && at != columns.tags)
      check_path_text(row[at], fields.place());
    else
      check_text(row[at], fields.place());
    TL_CHECK_AS(ErrorKind::kData, fields.quoted() || row[at].find('"') == std::string::npos,
                "{}: a quote inside a field: quote the whole field and double the quote", fields.place());
  } while (fields.take(separator));
  fields.end_row(separator == ';' ? "a semicolon" : "a comma");
  return row;
}

void check_count(size_t found, const ManifestColumns& columns, const std::string& place) {
  TL_CHECK_AS(ErrorKind::kData, columns.names.empty() || found == columns.count, "{}: has {} fields, but the heading has {} ({})",
              place, found, columns.count, columns.names);
  TL_CHECK_AS(ErrorKind::kData, found == columns.count,
              "{}: has {}, expected 2 (path, tags): photos/a.jpg,\"sky,sea\"; without tags a row ends with the comma", place,
              found == 1 ? "1 field" : format("{} fields", found));
}

}  // namespace

ManifestLayout csv_layout(std::string_view text, const std::string& name) {
  ManifestLayout layout{.separator = csv_separator(text, name)};
  if (layout.separator == '\t') return tsv_layout(text, name);
  QuotedFields fields(text, name);
  while (fields.next_row(" \t")) {
    const CsvRow row = cells_of(fields, layout.separator);
    const bool separator_line = layout.heading_rows == 0 && row[0].starts_with(kSeparatorLine);
    if (separator_line) {
      fields.end_row("");
    } else if (auto found = columns_from_heading(row, fields.place(), csv_example(layout.separator))) {
      layout.columns = std::move(*found);
    }
    layout.heading_rows += separator_line || !layout.columns.names.empty();
    if (!separator_line) break;
  }
  return layout;
}

void read_manifest_csv(std::string_view text, const std::string& name, ManifestBuilder& builder) {
  const ManifestLayout layout = csv_layout(text, name);
  if (layout.separator == '\t') return read_manifest_tsv(text, name, builder);
  const ManifestColumns& columns = layout.columns;
  UnknownHeading unknown(csv_example(layout.separator));
  TagRows tag_rows(builder);
  QuotedFields fields(text, name);
  for (int64_t i = 0; fields.next_row(" \t"); ++i, builder.passed(fields.position())) {
    const CsvRow row = csv_row(fields, layout.separator, columns);
    if (i < layout.heading_rows) continue;
    check_count(row.size(), columns, fields.place());
    const std::string& path = row[columns.path];
    if (columns.names.empty()) unknown.add(path, fields.place());
    if (columns.one_tag_per_row)
      tag_rows.add(path, row[columns.tags], fields.line(), fields.place());
    else
      builder.add_row(path, split_tags(row[columns.tags], ",;"), fields.line(), fields.place());
  }
  tag_rows.finish();
}

}  // namespace tagloom

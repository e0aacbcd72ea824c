// TSV manifests: photos/a.jpg<TAB>sky,"wheel, spare". A path or tag may be in quotes, as in CSV; under a heading the columns may have any
// order.
#include <optional>

#include "engine/data/formats/manifest_columns.h"
#include "engine/data/formats/quoted_fields.h"
#include "engine/data/formats/text_lines.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

constexpr char kTsvHeading[] = "path<TAB>tags";

struct TsvRow {
  std::string path;
  std::vector<std::string> tags;
};

// In quotes a path may contain any character, because file names may.
std::string tsv_path(QuotedFields& fields) {
  std::string path = fields.field("\t");
  if (fields.quoted())
    check_path_text(path, fields.place());
  else
    check_text(path, fields.place(), fields.offset());
  return path;
}

std::vector<std::string> tsv_tags(QuotedFields& fields) {
  std::vector<std::string> tags;
  bool quoted = false;
  do {
    fields.skip_blanks('"');
    tags.push_back(fields.field(",\t"));
    check_text(tags.back(), fields.place(), fields.offset());
    quoted = quoted || fields.quoted();
    if (fields.quoted()) fields.skip_blanks(',');
  } while (fields.take(','));
  if (tags.size() == 1 && !quoted && trim(tags[0]).empty()) tags.clear();
  return tags;
}

std::vector<std::string> tsv_tag(QuotedFields& fields) {
  std::string tag = fields.field("\t");
  check_text(tag, fields.place(), fields.offset());
  return {std::move(tag)};
}

TsvRow tsv_row(QuotedFields& fields) {
  TsvRow row{tsv_path(fields), {}};
  TL_CHECK_AS(ErrorKind::kData, fields.take('\t'), "{}: {}: write PATH<TAB>TAG,TAG", fields.place(),
              fields.quoted() ? "a tab must follow the path's closing quote" : "the row has no tab");
  row.tags = tsv_tags(fields);
  TL_CHECK_AS(ErrorKind::kData, !fields.take('\t'),
              "{}: has more than one tab; a row is path<TAB>tag,tag, unless a heading such as path<TAB>tags names the columns",
              fields.place());
  return row;
}

TsvRow tsv_row(QuotedFields& fields, const ManifestColumns& columns) {
  TsvRow row;
  size_t at = 0;
  do {
    if (at == columns.path)
      row.path = tsv_path(fields);
    else if (at == columns.tags)
      row.tags = columns.one_tag_per_row ? tsv_tag(fields) : tsv_tags(fields);
    else
      check_path_text(fields.field("\t"), fields.place());
    ++at;
  } while (fields.take('\t'));
  TL_CHECK_AS(ErrorKind::kData, at == columns.count, "{}: has {} fields, but the heading has {} ({})", fields.place(), at,
              columns.count, columns.names);
  return row;
}

}  // namespace

ManifestLayout tsv_layout(std::string_view text, const std::string& name) {
  ManifestLayout layout{.separator = '\t'};
  QuotedFields fields(text, name);
  if (!fields.next_row(" ")) return layout;
  std::vector<std::string> names;
  do {
    names.push_back(fields.field("\t"));
  } while (fields.take('\t'));
  if (auto found = columns_from_heading(names, fields.place(), kTsvHeading)) {
    layout.columns = std::move(*found);
    layout.heading_rows = 1;
  }
  return layout;
}

void read_manifest_tsv(std::string_view text, const std::string& name, ManifestBuilder& builder) {
  const ManifestLayout layout = tsv_layout(text, name);
  const bool heading = layout.heading_rows > 0;
  UnknownHeading unknown(kTsvHeading);
  TagRows tag_rows(builder);
  bool skip = heading;
  for (QuotedFields fields(text, name); fields.next_row(" "); skip = false, builder.passed(fields.position())) {
    if (skip) {
      do fields.field("\t");
      while (fields.take('\t'));
      fields.end_row("a tab");
      continue;
    }
    const TsvRow row = heading ? tsv_row(fields, layout.columns) : tsv_row(fields);
    fields.end_row("a comma");
    if (!heading) unknown.add(row.path, fields.place());
    if (layout.columns.one_tag_per_row)
      tag_rows.add(row.path, row.tags[0], fields.line(), fields.place());
    else
      builder.add_row(row.path, {row.tags.begin(), row.tags.end()}, fields.line(), fields.place());
  }
  tag_rows.finish();
}

}  // namespace tagloom

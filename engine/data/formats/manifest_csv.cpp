// CSV manifests (RFC 4180): photos/a.jpg,"sky,sea", or one tag per row under the header path,tag,score.
#include <map>

#include "engine/data/formats/manifest_formats.h"
#include "engine/data/formats/quoted_fields.h"
#include "engine/data/formats/text_lines.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

using CsvRow = std::vector<std::string>;

// The path is the first field. In quotes it may contain any character, because file names may.
CsvRow csv_row(QuotedFields& fields) {
  CsvRow row;
  do {
    row.push_back(fields.field(","));
    if (row.size() == 1 && fields.quoted())
      check_path_text(row[0], fields.place());
    else
      check_text(row.back(), fields.place());
    TL_CHECK_AS(ErrorKind::kData, fields.quoted() || row.back().find('"') == std::string::npos,
                "{}: a quote inside a field: quote the whole field and double the quote", fields.place());
  } while (fields.take(','));
  fields.end_row("a comma");
  return row;
}

// One tag per row; rows may come in any order. A picture without tags has a row with an empty tag.
void read_tag_rows(QuotedFields& fields, ManifestBuilder& builder) {
  struct Picture {
    std::string path, place;
    int64_t line;
    std::vector<std::string> tags;
  };
  std::vector<Picture> pictures;
  std::map<std::string, size_t> place_of;
  while (fields.next_row(" \t")) {
    const CsvRow row = csv_row(fields);
    TL_CHECK_AS(ErrorKind::kData, row.size() == 3, "{}: has {} fields, expected 3 (path, tag, score): photos/a.jpg,sky,0.9",
                fields.place(), row.size());
    const auto [at, added] = place_of.emplace(row[0], pictures.size());
    if (added) pictures.push_back({row[0], fields.place(), fields.line(), {}});
    if (!row[1].empty()) pictures[at->second].tags.push_back(row[1]);
  }
  for (const Picture& picture : pictures)
    builder.add_row(picture.path, {picture.tags.begin(), picture.tags.end()}, picture.line, picture.place);
}

}  // namespace

void read_manifest_csv(std::string_view text, const std::string& name, ManifestBuilder& builder) {
  QuotedFields fields(text, name);
  for (bool first = true; fields.next_row(" \t"); first = false) {
    const CsvRow row = csv_row(fields);
    if (first && row == CsvRow{"path", "tag", "score"}) return read_tag_rows(fields, builder);
    TL_CHECK_AS(ErrorKind::kData, row.size() == 2, "{}: has {} fields, expected 2 (path, tags): photos/a.jpg,\"sky,sea\"",
                fields.place(), row.size());
    if (first && row == CsvRow{"path", "tags"}) continue;
    builder.add_row(row[0], split_tags(row[1], ",;"), fields.line(), fields.place());
  }
}

}  // namespace tagloom

// TSV manifests: photos/a.jpg<TAB>sky,"wheel, spare". A path or tag may be in quotes, as in CSV.
#include "engine/data/formats/manifest_formats.h"
#include "engine/data/formats/quoted_fields.h"
#include "engine/data/formats/text_lines.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

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

}  // namespace

void read_manifest_tsv(std::string_view text, const std::string& name, ManifestBuilder& builder) {
  for (QuotedFields fields(text, name); fields.next_row(" ");) {
    const std::string path = tsv_path(fields);
    TL_CHECK_AS(ErrorKind::kData, fields.take('\t'), "{}: {}: write PATH<TAB>TAG,TAG", fields.place(),
                fields.quoted() ? "a tab must follow the path's closing quote" : "the row has no tab");
    const std::vector<std::string> tags = tsv_tags(fields);
    TL_CHECK_AS(ErrorKind::kData, !fields.take('\t'), "{}: has more than one tab; a row is path<TAB>tag,tag", fields.place());
    fields.end_row("a comma");
    builder.add_row(path, {tags.begin(), tags.end()}, fields.line(), fields.place());
  }
}

}  // namespace tagloom

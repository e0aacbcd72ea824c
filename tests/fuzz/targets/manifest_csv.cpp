// A CSV manifest, with all tags of a picture in one row or one tag per row.
#include <algorithm>

#include "tests/fuzz/manifest_rows.h"

namespace tagloom::fuzz {
namespace {

using Tags = std::vector<std::string>;

std::string row_of_picture(const std::string& path, const Tags& tags) {
  std::string field;
  for (const std::string& tag : tags) field += (field.empty() ? "" : ";") + tag;
  return in_quotes(path) + "," + in_quotes(field) + "\n";
}

std::string rows_of_tags(const std::string& path, const Tags& tags) {
  std::string rows = tags.empty() ? in_quotes(path) + ",,\n" : "";
  for (const std::string& tag : tags) rows += in_quotes(path) + "," + in_quotes(tag) + ",0.5\n";
  return rows;
}

}  // namespace

void manifest_csv(Input input) {
  Manifest manifest;
  ManifestBuilder builder(manifest);
  read_manifest_csv(text_of(input), "fuzz", builder);
  // A field with all tags of a picture cannot express tags that contain , or ;.
  const bool by_tag = std::any_of(manifest.tag_names.begin(), manifest.tag_names.end(),
                                  [](const std::string& tag) { return tag.find_first_of(",;") != tag.npos; });
  read_and_write_manifest(input, read_manifest_csv, by_tag ? "path,tag,score\n" : "path,tags\n",
                          by_tag ? rows_of_tags : row_of_picture);
}

}  // namespace tagloom::fuzz

#include "tests/fuzz/manifest_rows.h"

#include <set>

namespace tagloom::fuzz {
namespace {

Manifest manifest_of(std::string_view text, ReadManifest read) {
  Manifest manifest;
  ManifestBuilder builder(manifest);
  read(text, "fuzz", builder);
  return manifest;
}

}  // namespace

void read_and_write_manifest(Input input, ReadManifest read, const std::string& head, RowText row_text) {
  const Manifest manifest = manifest_of(text_of(input), read);
  const std::vector<std::string>& names = manifest.tag_names;
  require(std::set(names.begin(), names.end()).size() == names.size(), "a tag has two ids");
  std::string text = head;
  int64_t line = 0;
  for (const ManifestRow row : manifest.rows) {
    require(row.line > line, "lines do not rise");
    line = row.line;
    require(std::set(row.tags.begin(), row.tags.end()).size() == row.tags.size(), "a row has a tag twice", std::string(row.path));
    std::vector<std::string> tags;
    for (const int32_t tag : row.tags) tags.push_back(names.at(static_cast<size_t>(tag)));
    text += row_text(std::string(row.path), tags);
  }
  const Manifest again = accepted([&] { return manifest_of(text, read); });
  require(again.tag_names == names && again.rows.size() == manifest.rows.size(), "rows or tags changed");
  for (size_t i = 0; i < again.rows.size(); ++i) {
    require(again.rows[i].path == manifest.rows[i].path && again.rows[i].tags == manifest.rows[i].tags, "a row changed",
            std::string(manifest.rows[i].path));
  }
}

}  // namespace tagloom::fuzz

#pragma once
// Reads a dataset's manifest: its list of pictures and their tags. One row is one picture; the order of its tags is kept, because
// the rank model treats it as the order of importance. The extension selects the format:
//
//   .tsv    photos/a.jpg<TAB>sky,sea            one tab; tags separated by commas
//   .csv    photos/a.jpg,"sky,sea"              RFC 4180; tags in one field, separated by , or ;
//                                               a first row of path,tags is a header
//   .jsonl  {"path": "photos/a.jpg", "tags": ["sky", "sea"]}     other keys are ignored
//
// All are UTF-8. Paths are relative to the manifest's folder, or absolute. Spaces around a tag are stripped. A row may have no
// tags (nothing after the tab, an empty field, []). Empty lines are skipped.
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace tagloom {

struct ManifestRow {
  std::string path;
  std::vector<int32_t> tags;  // indices into Manifest::tag_names, in the row's order, each once
  int64_t line = 0;           // where the row begins, from 1
};

struct Manifest {
  std::filesystem::path file;
  std::vector<std::string> tag_names;  // every tag that occurs, in the order of first appearance
  std::vector<ManifestRow> rows;
  int64_t repeated_tags = 0;  // repeats of a tag within a row; the first is kept
  uint64_t content_hash = 0;  // of the file's bytes
};

// Throws Error(kData), "train.tsv:3: …", for the first invalid row. A file without rows is valid.
Manifest read_manifest(const std::filesystem::path& file);

}  // namespace tagloom

#pragma once
// Reads a dataset's manifest: its list of pictures and their tags. One row is one picture; the order of its tags is kept, because
// the rank model treats it as the order of importance. The extension selects the format:
//
//   .tsv    photos/a.jpg<TAB>sky,"wheel, spare"   one tab; tags separated by commas; a path or tag may be in quotes, as in CSV
//   .csv    photos/a.jpg,"sky,sea"                RFC 4180; tags in one field, separated by , or ;  fields may be separated by ; or tabs
//   .csv    photos/a.jpg,sky,0.9                  after a heading path,tag,score: one tag per row; a picture's rows in any
//                                                 order; an empty tag for a picture without tags
//   .jsonl  {"path": "photos/a.jpg", "tags": ["sky", {"tag": "sea"}]}     other keys are ignored; "path_bytes", in base64, replaces
//                                                 a path that is not UTF-8
//
// A heading of a .tsv or .csv may name the columns in any order and with further ones; formats/manifest_columns.cpp lists the names, such
// as file_name and labels, which are also those of JSON keys.
//
// All are UTF-8. Every output of tagpredict except text with scores is a manifest. Paths are relative to the manifest's folder, or
// absolute; in quotes they may contain tabs and line breaks. Spaces around a tag are stripped. A row may have no tags (nothing after
// the tab, an empty field, []). Empty lines are skipped.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "engine/data/manifest_rows.h"

namespace tagloom {

class Pack;

struct Manifest {
  std::filesystem::path file;
  std::vector<std::string> tag_names;  // every tag that occurs, in the order of first appearance
  ManifestRows rows;                   // their tags are indices into tag_names
  int64_t repeated_tags = 0;           // repeats of a tag within a row; the first is kept
  uint64_t content_hash = 0;           // of the file's bytes
  std::shared_ptr<const Pack> pack;    // has the pictures, if `file` is a pack: that of a row is number line - 1
};

// Throws Error(kData), "train.tsv:3: …", for the first invalid row. A file without rows is valid.
Manifest read_manifest(const std::filesystem::path& file);

}  // namespace tagloom

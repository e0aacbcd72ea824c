#pragma once
// Everything that `tagdata inspect` finds out about one or several manifests, such as the parts of a split.
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/data/vocabulary.h"
#include "tools/inspect/duplicate_pictures.h"
#include "tools/inspect/scan_pictures.h"
#include "tools/inspect/similar_tags.h"

namespace tagloom {

// Counts of one manifest.
struct ManifestFacts {
  int64_t pictures = 0, tags_in_all = 0, untagged = 0, repeated_tags = 0, repeated_pictures = 0;
  std::map<int64_t, int64_t> pictures_by_tags;                 // number of tags -> pictures with that number
  std::vector<CountedTag> tags;                                // most frequent first, then by name
  std::vector<std::pair<std::pair<int, int>, int64_t>> sizes;  // {width, height} and its pictures, the most frequent first
  std::vector<std::string> missing, unreadable;                // "train.tsv:12: photos/a.jpg: ..."
  std::set<int64_t> failed_lines;                              // the manifest's lines of both
  std::vector<CountedTag> unknown;                             // not in the vocabulary
  std::vector<std::string> unused;                             // in the vocabulary, in no row
};

struct DuplicateGroup {
  std::vector<PictureCopy> copies;  // `picture` is an index of Inspection::rows
  bool across = false;              // in several manifests
  bool different_tags = false;      // not all have the same tags, whatever their order
};

struct Inspection {
  std::vector<Manifest> manifests;
  std::vector<ManifestFacts> facts;  // of each manifest
  std::vector<PictureRow> rows;      // of all manifests
  bool has_words = false, has_pictures = false;
  std::vector<ScannedPicture> pictures;    // of each row; empty if pictures were not read
  std::vector<DuplicateGroup> duplicates;  // those across manifests first, then those with different tags
  std::vector<SimilarTags> similar;        // in all manifests
  std::vector<int64_t> misnamed;           // rows whose file contains another format than its extension says

  int64_t copies_across() const;
  int64_t with_different_tags() const;
  bool failed() const;  // whether a picture is missing or unreadable
};

struct InspectionOptions {
  bool pictures = true;
  int64_t threads = 0;                // 0: one per core
  const Vocabulary* words = nullptr;  // to compare tags with
};

// `inspection` has its manifests. Throws Interrupted if a signal arrives.
void inspect_manifests(Inspection& inspection, const InspectionOptions& options, Progress& progress);

}  // namespace tagloom

#pragma once
// Imports a dataset: reads it with the reader of its format, and writes a manifest and a vocabulary.
#include <map>

#include "tools/import/importer.h"

namespace tagloom {

enum class MissingPictures { kError, kSkip, kKeep };  // kKeep does not look for the pictures

struct ImportTargets {
  std::string manifest;
  std::string words;  // the vocabulary; empty: none
  bool replace = false;
  MissingPictures missing = MissingPictures::kError;
};

struct ImportSummary {
  int64_t pictures = 0, untagged = 0, tags_in_all = 0, repeated_tags = 0;
  int64_t repeated_pictures = 0;  // rows whose picture an earlier row has
  int64_t missing = 0;            // left out
  int64_t different_tags = 0;     // that pictures have
  int64_t words = 0;              // written to the vocabulary
  ImportReport report;
};

// Writes both files or, on an error, neither. The vocabulary is the dataset's own list of tags if it has one, otherwise the tags of the
// pictures, the most frequent first. Throws Error(kUsage) for a target that exists, without `replace`, and Error(kData) for missing pictures
// and what the reader finds.
ImportSummary import_dataset(const DatasetFormat& format, const ImportRequest& request, const ImportTargets& targets);

}  // namespace tagloom

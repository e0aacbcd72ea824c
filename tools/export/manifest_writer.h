#pragma once
// Writes a manifest row by row, so that read_manifest() (engine/data/manifest.h) returns the same rows.
#include <filesystem>
#include <string>
#include <vector>

#include "engine/io/atomic_file.h"
#include "tools/export/relative_paths.h"

namespace tagloom {

class ManifestWriter {
 public:
  // The extension selects the format. Throws Error(kUsage) for another one than .tsv, .csv and .jsonl.
  explicit ManifestWriter(const std::string& file);

  // Paths are written as RelativePaths has them. Throws Error(kUsage), naming a format that can, if this one cannot represent the path or
  // a tag.
  void add(const std::filesystem::path& picture, const std::vector<std::string>& tags);
  void prepare();  // as AtomicFile's
  void commit();   // without it, nothing is written

 private:
  enum class Kind { kTsv, kCsv, kJsonl };

  std::string name_;
  Kind kind_;
  bool first_ = true;  // a path without an extension in the first row of a .tsv would look like a heading
  RelativePaths paths_;
  AtomicFile file_;
};

}  // namespace tagloom

#pragma once
// Writes a manifest row by row, so that read_manifest() (engine/data/manifest.h) returns the same rows.
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "engine/io/atomic_file.h"

namespace tagloom {

class ManifestWriter {
 public:
  // The extension selects the format. Throws Error(kUsage) for another one than .tsv, .csv and .jsonl.
  explicit ManifestWriter(const std::string& file);

  // Paths are written relative to the manifest's folder, and as absolute ones if they have only the root folder in common. Throws
  // Error(kUsage), naming a format that can, if this one cannot represent the path or a tag.
  void add(const std::filesystem::path& picture, const std::vector<std::string>& tags);
  void commit();  // without it, nothing is written

 private:
  enum class Kind { kTsv, kCsv, kJsonl };
  std::string stored_path(const std::filesystem::path& picture);

  std::string name_;
  Kind kind_;
  std::filesystem::path folder_;                 // of the manifest, without symbolic links
  std::map<std::string, std::string> prefixes_;  // of the folders of pictures
  AtomicFile file_;
};

}  // namespace tagloom

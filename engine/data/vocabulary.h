#pragma once
// The ordered list of tags: a tag's position is its id, and the index of its network output.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/data/manifest.h"

namespace tagloom {

// Order of a vocabulary made from a manifest.
enum class TagOrder {
  kFrequency,     // most rows first; ties by the bytes of the name
  kAlphabetical,  // by the bytes of the name
  kFile,          // by first appearance in the manifest
};

struct VocabularyOptions {
  TagOrder order = TagOrder::kFrequency;
  int64_t minimum_count = 1;  // tags with fewer rows are left out
};

class Vocabulary {
 public:
  Vocabulary() = default;
  // Throws Error(kUsage) for a name that is empty, repeated, or not a valid line of a vocabulary file.
  explicit Vocabulary(std::vector<std::string> names);

  // Throws Error(kData) if no tag is left.
  static Vocabulary from_manifest(const Manifest& manifest, const VocabularyOptions& settings);

  // A text file with one tag per line; the first has id 0. Throws Error(kData), "words.txt:4: …", for an empty line, a repeated
  // tag, or a file without tags.
  static Vocabulary load(const std::filesystem::path& file);
  void save(const std::filesystem::path& file) const;

  int64_t size() const { return static_cast<int64_t>(names_.size()); }
  const std::string& name(int64_t id) const;  // throws Error(kUsage) outside 0 … size() - 1
  const std::vector<std::string>& names() const { return names_; }
  int32_t find(std::string_view name) const;  // the id, or -1

  bool operator==(const Vocabulary& other) const { return names_ == other.names_; }

 private:
  std::vector<std::string> names_;
  std::map<std::string, int32_t, std::less<>> ids_;
};

}  // namespace tagloom

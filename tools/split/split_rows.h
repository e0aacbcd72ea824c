#pragma once
// Decides which part of a split each row of a manifest belongs to.
#include <cstdint>
#include <filesystem>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/data/manifest.h"
#include "tools/split/split_parts.h"

namespace tagloom {

// The parts that an earlier split gave to pictures.
struct KeptParts {
  std::unordered_map<std::string, int32_t> by_path;  // by place_of()
  std::unordered_map<uint64_t, int32_t> by_content;  // by the hash of the file's bytes
};

struct SplitRule {
  std::vector<SplitPart> parts;
  uint64_t seed = 1;
  bool stratify = false;
  KeptParts kept;
};

struct SplitRows {
  std::vector<int32_t> part;  // of each row
  int64_t near_copies = 0;    // other pictures in the group of an earlier one
  int64_t copies = 0;         // pictures that are a copy of an earlier one
  int64_t kept = 0;           // pictures in the part of the earlier split
  int64_t moved = 0;          // pictures that had another part, but are copies of one that kept its part
};

// An absolute path of a manifest's picture, without resolving links in the row's path.
std::string place_of(const std::filesystem::path& folder_of_manifest, const std::string& path);

// contents[i] is the hash of the bytes of row i's picture, and group[i] the first row of those that must stay together with row i: at least
// those with the same contents.
//
// Without `stratify`, a group's part depends only on its contents and the seed (the group's smallest hash, hashed with the seed, is a point
// between 0 and 1, which the parts divide by their shares). With `stratify`, it depends on all pictures, but not on their order
// or names. A group of which the earlier split has a picture takes the part of the first such row.
SplitRows split_rows(const Manifest& manifest, const std::vector<uint64_t>& contents, const std::vector<int64_t>& group,
                     const SplitRule& rule);

// The groups of equal contents.
std::vector<int64_t> groups_of_copies(const std::vector<uint64_t>& contents);

}  // namespace tagloom

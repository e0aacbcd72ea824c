#pragma once
// Which pictures a file written by --output already has, as one hash of eight bytes each.
#include <cstdint>
#include <string>
#include <vector>

namespace tagloom {

class KnownPictures {
 public:
  KnownPictures() = default;
  // Reads a file of `format` (text, csv or jsonl) that begins with `heading`. Throws Error(kData) naming the line that is neither its
  // heading nor a row of this format, except for half a row at the end, which a killed process leaves.
  KnownPictures(const std::string& file, const std::string& format, const std::string& heading);

  // Also if the path is spelled differently (./photos/a.jpg), but not through another link.
  bool contains(const std::string& picture) const;
  int64_t count() const { return static_cast<int64_t>(hashes_.size()); }
  int64_t whole_bytes() const { return whole_bytes_; }  // of the file, without half a row and other rows of its picture

 private:
  std::vector<uint64_t> hashes_;  // sorted
  int64_t whole_bytes_ = 0;
};

}  // namespace tagloom

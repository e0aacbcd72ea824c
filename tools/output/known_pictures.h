#pragma once
// The pictures that a file written by --output already contains, as one hash of eight bytes each.
#include <cstdint>
#include <string>
#include <vector>

namespace tagloom {

class KnownPictures {
 public:
  KnownPictures() = default;
  // Reads a file of `format` (text, csv or jsonl) that begins with `heading`. Throws Error(kData) with the first line that is neither its
  // heading nor a row of this format, except for a partial row at the end, which a killed process leaves.
  KnownPictures(const std::string& file, const std::string& format, const std::string& heading);

  // Recognises other spellings of a path (./photos/a.jpg), but not other links.
  bool contains(const std::string& picture) const;
  int64_t count() const { return static_cast<int64_t>(hashes_.size()); }
  int64_t whole_bytes() const { return whole_bytes_; }  // size without a partial row and the other rows of its picture

 private:
  std::vector<uint64_t> hashes_;  // sorted
  int64_t whole_bytes_ = 0;
};

}  // namespace tagloom

#pragma once
// The rows of a manifest in a few flat arrays: 20 bytes for each row, besides its path's characters and 4 bytes for each tag.
#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "engine/core/growing_array.h"

namespace tagloom {

// Ids of tags, in a row's order, each once.
class TagIds : public std::span<const int32_t> {
 public:
  using std::span<const int32_t>::span;
  std::vector<int32_t> to_vector() const { return {begin(), end()}; }
  friend bool operator==(TagIds a, TagIds b) { return std::ranges::equal(a, b); }
};

// A view of one row, valid as long as the rows are not changed.
struct ManifestRow {
  std::string_view path;
  TagIds tags;
  int64_t line = 0;  // where the row begins, from 1
};

class ManifestRows {
 public:
  class Iterator {
   public:
    Iterator(const ManifestRows& rows, size_t at) : rows_(&rows), at_(at) {}
    ManifestRow operator*() const { return (*rows_)[at_]; }
    Iterator& operator++() {
      ++at_;
      return *this;
    }
    bool operator==(const Iterator& other) const { return at_ == other.at_; }

   private:
    const ManifestRows* rows_;
    size_t at_;
  };

  size_t size() const { return ends_.size(); }
  bool empty() const { return ends_.empty(); }
  ManifestRow operator[](size_t index) const;
  ManifestRow at(size_t index) const;  // throws std::out_of_range
  Iterator begin() const { return {*this, 0}; }
  Iterator end() const { return {*this, size()}; }

  // Throws Error(kData) for a line above 2^32 - 1.
  void add(std::string_view path, TagIds tags, int64_t line);
  // Adds a row whose tags add_tag() has added since the last row.
  void add(std::string_view path, int64_t line);
  void add_tag(int32_t tag) { tags_.push_back(tag); }

  int64_t repeated_paths() const;  // rows with the path of an earlier row, told apart by hashes of 64 bits

  // Replaces each tag by id_of[tag], and removes it where that is negative.
  void map_tags(std::span<const int32_t> id_of);
  // Keeps the rows for which kept_rows[index] is true. Rows move within the arrays.
  void keep(const std::vector<bool>& kept_rows);

 private:
  struct Ends {
    uint64_t path, tags;  // a row's path and tags begin where those of the row before it end
  };
  Ends begin_of(size_t index) const { return index == 0 ? Ends{0, 0} : ends_[index - 1]; }

  GrowingArray<char> paths_;
  GrowingArray<int32_t> tags_;
  GrowingArray<Ends> ends_;
  GrowingArray<uint32_t> lines_;
};

}  // namespace tagloom

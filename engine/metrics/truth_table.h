#pragma once
// The ground truth: each picture's true tags, as ordered lists and as a lookup table.
#include <cstdint>
#include <span>
#include <vector>

#include "engine/selection/predictions.h"

namespace tagloom {

class TruthTable {
 public:
  // truth: one list per picture. ignored: per picture, tags that count neither as right nor as wrong (VOC's "difficult"), or
  // empty. Throws kData for a tag outside 0 .. tag_count - 1, or one that a picture lists twice, also if once as true and once as
  // ignored.
  TruthTable(std::span<const TagList> truth, std::span<const TagList> ignored, int64_t tag_count);

  int64_t pictures() const { return static_cast<int64_t>(truth_.size()); }
  int64_t tags() const { return tags_; }
  const TagList& list(int64_t picture) const { return truth_[static_cast<size_t>(picture)]; }
  bool is_true(int64_t picture, int64_t tag) const { return at(picture, tag) == kTrue; }
  bool is_ignored(int64_t picture, int64_t tag) const { return at(picture, tag) == kIgnored; }

 private:
  static constexpr uint8_t kTrue = 1, kIgnored = 2;
  uint8_t at(int64_t picture, int64_t tag) const { return state_[static_cast<size_t>(picture * tags_ + tag)]; }
  void mark(int64_t picture, int32_t tag, uint8_t state);

  std::span<const TagList> truth_;
  int64_t tags_;
  std::vector<uint8_t> state_;  // [pictures, tags]
};

}  // namespace tagloom

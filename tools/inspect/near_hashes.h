#pragma once
// Finds hashes that differ in few bits, without comparing all pairs: multi-index hashing (Norouzi, Punjani and Fleet, "Fast Search in
// Hamming Space with Multi-Index Hashing", CVPR 2012).
#include <cstdint>
#include <functional>
#include <vector>

namespace tagloom {

class NearHashes {
 public:
  // If two hashes differ in at most kMostBits of 64 bits, one of their four pieces of 16 bits differs in at most two.
  static constexpr int kMostBits = 11;

  explicit NearHashes(const std::vector<uint64_t>& hashes);

  struct Found {
    int64_t index = 0;  // of the hashes given
    int bits = 0;       // that differ
    auto operator<=>(const Found&) const = default;
  };
  // Of those that differ from `hash` in at most kMostBits, at least the `most` nearest, in ascending order of their indices. A search among
  // thousands of equal hashes so returns a short list.
  std::vector<Found> near(uint64_t hash, size_t most) const;

 private:
  // For each piece, all hashes in the order of its values, so that a search reads neighbours in memory.
  struct Piece {
    std::vector<uint32_t> first;  // [65537]: where the hashes with a value begin
    std::vector<uint64_t> hashes;
    std::vector<uint32_t> indices;
  };
  Piece pieces_[4];
  std::vector<uint16_t> changes_;  // all values of 16 bits with at most two bits set
};

}  // namespace tagloom

#include "tools/inspect/near_hashes.h"

#include <algorithm>
#include <bit>

#include "kernels/base/error.h"

namespace tagloom {
namespace {

constexpr size_t kPieceValues = 1 << 16;

size_t piece_of(uint64_t hash, int piece) { return hash >> (16 * piece) & 0xFFFF; }

}  // namespace

NearHashes::NearHashes(const std::vector<uint64_t>& hashes) {
  TL_CHECK(hashes.size() < UINT32_MAX, "[inspect] at most {} pictures can be compared, got {}", UINT32_MAX - 1, hashes.size());
  for (int number = 0; number < 4; ++number) {
    Piece& piece = pieces_[number];
    piece.first.assign(kPieceValues + 1, 0);
    for (const uint64_t hash : hashes) ++piece.first[piece_of(hash, number) + 1];
    for (size_t value = 0; value < kPieceValues; ++value) piece.first[value + 1] += piece.first[value];
    std::vector<uint32_t> next(piece.first.begin(), piece.first.end() - 1);
    piece.hashes.resize(hashes.size());
    piece.indices.resize(hashes.size());
    for (uint32_t i = 0; i < hashes.size(); ++i) {
      const uint32_t at = next[piece_of(hashes[i], number)]++;
      piece.hashes[at] = hashes[i];
      piece.indices[at] = i;
    }
  }
  for (uint32_t value = 0; value < kPieceValues; ++value) {
    if (std::popcount(value) <= kMostBits / 4) changes_.push_back(static_cast<uint16_t>(value));
  }
}

std::vector<NearHashes::Found> NearHashes::near(uint64_t hash, size_t most) const {
  const size_t pieces = std::size(pieces_), most_found = most > SIZE_MAX / pieces ? SIZE_MAX : pieces * most;
  std::vector<Found> found;
  size_t with_bits[kMostBits + 1] = {};  // of `found`, in which each hash occurs once for each piece that found it
  int farthest = kMostBits;
  size_t nearer = 0;  // with fewer bits than that
  for (int number = 0; number < 4; ++number) {
    const Piece& piece = pieces_[number];
    for (const uint16_t change : changes_) {
      const size_t value = piece_of(hash, number) ^ change;
      for (uint32_t at = piece.first[value]; at < piece.first[value + 1]; ++at) {
        const int bits = std::popcount(hash ^ piece.hashes[at]);
        if (bits > farthest || with_bits[bits] == most_found) continue;
        ++with_bits[bits];
        nearer += bits < farthest;
        while (nearer >= most_found) nearer -= with_bits[--farthest];
        found.push_back({piece.indices[at], bits});
      }
    }
  }
  std::erase_if(found, [&](const Found& one) { return one.bits > farthest; });
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

}  // namespace tagloom

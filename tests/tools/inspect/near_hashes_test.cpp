// Multi-index hashing, against the comparison of all pairs.
#include "tools/inspect/near_hashes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <random>

namespace tagloom {
namespace {

TEST(NearHashes, FindsWhatComparingAllPairsFinds) {
  std::mt19937_64 random(5);
  std::vector<uint64_t> hashes;
  for (int i = 0; i < 200; ++i) {
    const uint64_t hash = random();
    hashes.push_back(hash);
    for (int copy = 0; copy < 20; ++copy) {  // with 0 to 19 bits changed
      uint64_t changed = hash;
      while (std::popcount(hash ^ changed) < copy) changed ^= uint64_t{1} << (random() % 64);
      hashes.push_back(changed);
    }
  }
  const NearHashes index(hashes);
  for (size_t i = 0; i < hashes.size(); i += 7) {
    std::vector<NearHashes::Found> expected;
    for (size_t j = 0; j < hashes.size(); ++j) {
      const int bits = std::popcount(hashes[i] ^ hashes[j]);
      if (bits <= NearHashes::kMostBits) expected.push_back({static_cast<int64_t>(j), bits});
    }
    ASSERT_EQ(index.near(hashes[i], SIZE_MAX), expected);
  }
}

// The worst case: the bits are spread evenly over the pieces.
TEST(NearHashes, FindsElevenBitsInAnyPlaces) {
  const uint64_t spread = 0x0007'0007'0007'0003;  // 3, 3, 3 and 2 bits
  ASSERT_EQ(std::popcount(spread), NearHashes::kMostBits);
  EXPECT_EQ(NearHashes({0, spread, spread | 4}).near(0, 2), (std::vector<NearHashes::Found>{{0, 0}, {1, 11}}));
  EXPECT_TRUE(NearHashes({}).near(0, 2).empty());
}

TEST(NearHashes, ListsTheNearestOfMany) {
  constexpr size_t kMost = 50;
  std::mt19937_64 random(6);
  const uint64_t hash = random();
  for (const int least : {0, 1, 3}) {  // the fewest bits that are changed
    std::vector<uint64_t> hashes;
    std::vector<int> bits;
    for (int i = 0; i < 20000; ++i) {
      hashes.push_back(hash);
      const int changed = least + (i % 1000 == 0 ? 0 : static_cast<int>(random() % 9));
      while (std::popcount(hash ^ hashes.back()) < changed) hashes.back() ^= uint64_t{1} << (random() % 64);
      bits.push_back(std::popcount(hash ^ hashes.back()));
    }
    std::sort(bits.begin(), bits.end());
    const std::vector<NearHashes::Found> found = NearHashes(hashes).near(hash, kMost);
    EXPECT_LE(found.size(), 8 * kMost);
    std::vector<int> found_bits;
    for (const NearHashes::Found& one : found) {
      ASSERT_EQ(one.bits, std::popcount(hash ^ hashes[static_cast<size_t>(one.index)]));
      found_bits.push_back(one.bits);
    }
    std::sort(found_bits.begin(), found_bits.end());
    ASSERT_GE(found_bits.size(), kMost);
    EXPECT_TRUE(std::equal(found_bits.begin(), found_bits.begin() + kMost, bits.begin()));
  }
}

}  // namespace
}  // namespace tagloom

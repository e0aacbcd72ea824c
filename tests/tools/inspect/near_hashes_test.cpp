// Multi-index hashing, against the comparison of all pairs.
#include "tools/inspect/near_hashes.h"

#include <gtest/gtest.h>

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
    ASSERT_EQ(index.near(hashes[i]), expected);
  }
}

// The worst case: the bits are spread evenly over the pieces.
TEST(NearHashes, FindsElevenBitsInAnyPlaces) {
  const uint64_t spread = 0x0007'0007'0007'0003;  // 3, 3, 3 and 2 bits
  ASSERT_EQ(std::popcount(spread), NearHashes::kMostBits);
  EXPECT_EQ(NearHashes({0, spread, spread | 4}).near(0), (std::vector<NearHashes::Found>{{0, 0}, {1, 11}}));
  EXPECT_TRUE(NearHashes({}).near(0).empty());
}

}  // namespace
}  // namespace tagloom

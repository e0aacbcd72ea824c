// XXH64 against reference values.
#include "engine/io/hash.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace tagloom {
namespace {

uint64_t hash_of(std::string_view text) { return hash_bytes(std::as_bytes(std::span(text))); }

// Values printed by the reference program: printf '…' | xxhsum -H1
TEST(Hash64, MatchesXxhsum) {
  EXPECT_EQ(hash_of(""), 0xef46db3751d8e999u);
  EXPECT_EQ(hash_of("a"), 0xd24ec4f1a98c6e5bu);
  EXPECT_EQ(hash_of("abc"), 0x44bc2cf5ad770999u);
  EXPECT_EQ(hash_of("tag"), 0xb119f51982d2aab1u);
  EXPECT_EQ(hash_of("tagloom"), 0xfb3fd27a6f4dee2cu);
  EXPECT_EQ(hash_of("twelve bytes"), 0x923c9a2a5df0ff8eu);
  EXPECT_EQ(hash_of(std::string(31, 'x')), 0x60dd0d01083b99f0u);
  EXPECT_EQ(hash_of(std::string(32, 'x')), 0xe2df261fc2ec30ebu);
  EXPECT_EQ(hash_of(std::string(33, 'x')), 0xb3fa465f554208a6u);
  EXPECT_EQ(hash_of(std::string(100, 'x')), 0x92f0de5a88a3c094u);
  EXPECT_EQ(hash_of("the quick brown fox jumps over the lazy dog"), 0xed714233c5a9a792u);
}

// Lengths at the boundaries of the algorithm's blocks. Files on disk depend on these values.
TEST(Hash64, ValuesNeverChange) {
  std::vector<std::byte> bytes(70000);
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>((i * i + 7 * i) >> 3);
  const struct {
    size_t count;
    uint64_t unseeded, seeded;
  } rows[] = {
      {1, 0xe934a84adb052768u, 0x1dfa2b725caa7e98u},    {3, 0xe5c7bb4533bc65ddu, 0x34f70ac29f398235u},
      {4, 0xffced8604453cc1eu, 0x6e9b52f41fc55aceu},    {7, 0xe29af643debd2fd0u, 0x2442227b3f7b63acu},
      {8, 0xd49b497d68c66e5au, 0x55a16ad05bc969e2u},    {15, 0x272d3f54ee705fb1u, 0xe5ad350c34c5ae86u},
      {16, 0x5ec9c5b3ad6c713fu, 0x35322028b98fc1b2u},   {31, 0x5c42ca9b1b644d90u, 0x80157d7adf0a6e8du},
      {32, 0xb3de56bd0b017e5cu, 0xed06691fcc5af02cu},   {33, 0x867d47205b7c097cu, 0x4c08833d39dcef72u},
      {63, 0xdd0f06519928db71u, 0x87e0583c4800d311u},   {64, 0xc88403942f780640u, 0xd44fea0a9b010107u},
      {65, 0xb664bb623546031du, 0x3cd46174761f783cu},   {255, 0x57e19df549533b44u, 0xab7b443c9bed81a1u},
      {4096, 0xaac5d42b5edf1637u, 0xd8503081b8dfddaeu}, {70000, 0xc7d7a59f44acb723u, 0xcfc5db0b88580928u},
  };
  for (const auto& row : rows) {
    const std::span<const std::byte> first(bytes.data(), row.count);
    EXPECT_EQ(hash_bytes(first), row.unseeded) << row.count;
    EXPECT_EQ(Hash64(0x9e3779b9u).add(first).digest(), row.seeded) << row.count;
  }
  EXPECT_EQ(Hash64(1).digest(), 0xd5afba1336a3be4bu);
  EXPECT_EQ(Hash64().add_field("photos/a.jpg").add_number(3).add_field("").add_number(~uint64_t{0}).digest(),
            0x64e500ef3ca8570au);
}

TEST(Hash64, IsIndependentOfSplits) {
  std::mt19937 random(3);
  std::string text(5000, '\0');
  for (char& c : text) c = static_cast<char>(random());
  const uint64_t whole = hash_of(text);
  for (int trial = 0; trial < 50; ++trial) {
    Hash64 hash;
    for (size_t at = 0; at < text.size();) {
      const size_t count = std::min<size_t>(random() % (trial < 25 ? 40 : 900), text.size() - at);
      hash.add(std::string_view(text).substr(at, count));
      at += count;
    }
    EXPECT_EQ(hash.digest(), whole);
  }
}

TEST(Hash64, DependsOnEveryBit) {
  std::string text(100, 'x');
  const uint64_t before = hash_of(text);
  for (size_t byte = 0; byte < text.size(); ++byte) {
    for (int bit = 0; bit < 8; ++bit) {
      text[byte] = static_cast<char>(text[byte] ^ (1 << bit));
      EXPECT_NE(hash_of(text), before) << byte << '.' << bit;
      text[byte] = static_cast<char>(text[byte] ^ (1 << bit));
    }
  }
}

TEST(Hash64, SeparatesFields) {
  EXPECT_NE(Hash64().add_field("ab").add_field("c").digest(), Hash64().add_field("a").add_field("bc").digest());
  EXPECT_NE(Hash64().digest(), Hash64(1).digest());
}

TEST(HashFile, HashesItsBytes) {
  test::TemporaryFolder folder;
  test::write_whole_file(folder / "a", "abc");
  test::write_whole_file(folder / "empty", "");
  EXPECT_EQ(hash_text(hash_file(folder / "a")), "44bc2cf5ad770999");
  EXPECT_EQ(hash_text(hash_file(folder / "empty")), "ef46db3751d8e999");
  EXPECT_EQ(hash_text(0x1f), "000000000000001f");
  EXPECT_ERROR(kData, "absent: cannot be opened", hash_file(folder / "absent"));
  EXPECT_ERROR(kData, "this is a folder", hash_file(folder.path()));
}

}  // namespace
}  // namespace tagloom

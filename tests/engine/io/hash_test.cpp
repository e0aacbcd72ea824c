#include "engine/io/hash.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace tagloom {
namespace {

uint64_t hash_of(std::string_view text) { return hash_bytes(std::as_bytes(std::span(text))); }

// Values printed by the reference program: printf '…' | xxhsum -H1
TEST(Hash64, AgreesWithTheReferenceProgram) {
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

TEST(Hash64, CutsDoNotMatter) {
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

TEST(Hash64, EveryBitCounts) {
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

TEST(Hash64, FieldsDoNotRunTogether) {
  EXPECT_NE(Hash64().add_field("ab").add_field("c").digest(), Hash64().add_field("a").add_field("bc").digest());
  EXPECT_NE(Hash64().digest(), Hash64(1).digest());
}

TEST(HashFile, IsTheHashOfItsBytes) {
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

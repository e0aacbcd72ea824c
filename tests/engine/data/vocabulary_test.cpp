// Vocabularies from manifests and files.
#include "engine/data/vocabulary.h"

#include <gtest/gtest.h>

#include "tests/support/temporary_folder.h"
#include "tests/support/thrown_message.h"

namespace tagloom {
namespace {

using Names = std::vector<std::string>;

// Rows per tag: sea 3; ant, sky 2; zoo, bee 1.
Manifest manifest_of_counts(const test::TemporaryFolder& folder) {
  test::write_whole_file(folder / "t.tsv", "1\tsky,sea\n2\tzoo,sea,sky\n3\tsea,ant,bee\n4\tant,ant\n");
  return read_manifest(folder / "t.tsv");
}

TEST(Vocabulary, SupportsEveryOrder) {
  const test::TemporaryFolder folder;
  const Manifest manifest = manifest_of_counts(folder);
  const auto names = [&](VocabularyOptions settings) { return Vocabulary::from_manifest(manifest, settings).names(); };
  EXPECT_EQ(names({}), (Names{"sea", "ant", "sky", "bee", "zoo"}));
  EXPECT_EQ(names({.order = TagOrder::kAlphabetical}), (Names{"ant", "bee", "sea", "sky", "zoo"}));
  EXPECT_EQ(names({.order = TagOrder::kFile}), (Names{"sky", "sea", "zoo", "ant", "bee"}));
  EXPECT_EQ(names({.minimum_count = 2}), (Names{"sea", "ant", "sky"}));
  EXPECT_EQ(names({.order = TagOrder::kFile, .minimum_count = 3}), Names{"sea"});
  EXPECT_EQ(test::data_error([&] { names({.minimum_count = 9}); }),
            folder / "t.tsv" + ": none of its 5 tags occurs at least 9 times");
}

TEST(Vocabulary, MapsNamesToIds) {
  const Vocabulary vocabulary({"sky", "sea"});
  EXPECT_EQ(vocabulary.size(), 2);
  EXPECT_EQ(vocabulary.find("sea"), 1);
  EXPECT_EQ(vocabulary.find("lake"), -1);
  EXPECT_EQ(vocabulary.name(0), "sky");
  EXPECT_EQ(test::usage_error([&] { vocabulary.name(2); }), "[vocabulary] there is no tag 2, the last of 2 is 1");
  EXPECT_EQ(test::usage_error([] { Vocabulary({"a", "b", "a"}); }), "[vocabulary] \"a\" is both tag 0 and tag 2");
  EXPECT_EQ(test::usage_error([] { Vocabulary({""}); }), "[vocabulary] tag 0 has no name");
  EXPECT_EQ(test::usage_error([] {
              Vocabulary({"a", "b "});
            }),
            "[vocabulary] tag 1, \"b \", begins or ends with a space or contains a line break");
}

TEST(Vocabulary, RoundTripsThroughAFile) {
  const test::TemporaryFolder folder;
  const Vocabulary vocabulary({"sky", "blue sea", "Небо"});
  vocabulary.save(folder / "vocabulary.txt");
  EXPECT_EQ(test::read_whole_file(folder / "vocabulary.txt"), "sky\nblue sea\nНебо\n");
  EXPECT_EQ(Vocabulary::load(folder / "vocabulary.txt"), vocabulary);
}

TEST(Vocabulary, IgnoresLineEndingsAndSpaces) {
  const test::TemporaryFolder folder;
  test::write_whole_file(folder / "w.txt", "\xEF\xBB\xBFsky \r\nsea");
  EXPECT_EQ(Vocabulary::load(folder / "w.txt").names(), (Names{"sky", "sea"}));
}

TEST(Vocabulary, ReportsTheLineOfErrors) {
  const test::TemporaryFolder folder;
  const std::string file = folder / "w.txt";
  const auto error = [&](const std::string& text) {
    test::write_whole_file(file, text);
    return test::data_error([&] { Vocabulary::load(file); });
  };
  EXPECT_EQ(error("a\n\nb\n"), file + ":2: is empty; every line must be a tag");
  EXPECT_EQ(error("a\nb\na\n"), file + ":3: tag \"a\" is already on line 1");
  EXPECT_EQ(error("a\nb\xFF\n"), file + ":2: byte 2 is not UTF-8; save the file as UTF-8");
  EXPECT_EQ(error(""), file + ": contains no tags");
}

}  // namespace
}  // namespace tagloom

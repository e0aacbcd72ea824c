// Datasets from small manifests: vocabularies, reports, splits and hashes.
#include "engine/data/dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/support/temporary_folder.h"
#include "tests/support/thrown_message.h"

namespace tagloom {
namespace {

using Ids = std::vector<int32_t>;

class DatasetTest : public testing::Test {
 protected:
  DatasetTest() {
    for (const char* name : {"a.jpg", "b.jpg", "c.jpg", "d.jpg"}) test::write_whole_file(folder_ / name, "x");
    write("a.jpg\tsky,sea\nb.jpg\t\nc.jpg\tsea,zoo\nd.jpg\tzebra\n");
  }

  void write(const std::string& text) { test::write_whole_file(file_, text); }

  test::TemporaryFolder folder_;
  const std::string file_ = folder_ / "t.tsv";
};

TEST_F(DatasetTest, MakesAVocabularyAndDropsUntaggedPictures) {
  const Dataset dataset = Dataset::open(file_);
  EXPECT_EQ(dataset.vocabulary().names(), (std::vector<std::string>{"sea", "sky", "zebra", "zoo"}));
  ASSERT_EQ(dataset.size(), 3);
  EXPECT_EQ(dataset.sample(0).tags, (Ids{1, 0}));
  EXPECT_EQ(dataset.sample(1).path, "c.jpg");
  EXPECT_EQ(dataset.sample(1).line, 3);
  EXPECT_EQ(dataset.file_of(1), folder_ / "c.jpg");
  EXPECT_EQ(dataset.report().rows, 4);
  EXPECT_EQ(dataset.report().untagged, 1);
  EXPECT_EQ(dataset.tag_counts(), (std::vector<int64_t>{2, 1, 1, 1}));
  EXPECT_EQ(dataset.most_tags(), 2);
}

TEST_F(DatasetTest, KeepsUntaggedPicturesOnRequest) {
  const Dataset dataset = Dataset::open(file_, {.drop_untagged = false});
  ASSERT_EQ(dataset.size(), 4);
  EXPECT_EQ(dataset.sample(1).tags, Ids{});
  EXPECT_EQ(dataset.report().untagged, 1);
}

TEST_F(DatasetTest, DropsAndCountsRareTags) {
  const Dataset dataset = Dataset::open(file_, {.vocabulary = {.minimum_count = 2}});
  ASSERT_EQ(dataset.size(), 2);
  EXPECT_EQ(dataset.sample(0).tags, Ids{0});
  EXPECT_EQ(dataset.report().left_untagged, 1);
  ASSERT_EQ(dataset.report().unknown_tags.size(), 3u);
  EXPECT_EQ(dataset.report().unknown_tags[0].name, "sky");
  EXPECT_EQ(dataset.report().unknown_tags[2].name, "zoo");
  EXPECT_EQ(dataset.report().unknown_tags[2].count, 1);
}

TEST_F(DatasetTest, UsesTheGivenVocabulary) {
  const Vocabulary vocabulary({"zoo", "sea"});
  const Dataset dataset = Dataset::open(file_, vocabulary);
  EXPECT_EQ(dataset.size(), 2);
  EXPECT_EQ(dataset.sample(1).tags, (Ids{1, 0}));
  EXPECT_EQ(dataset.report().unknown_tags.size(), 2u);
  EXPECT_EQ(test::data_error([&] {
              Dataset::open(file_, Vocabulary({"sky", "sea", "zoo", "zebras"}), {.strict_tags = true});
            }),
            file_ + ":4: tag \"zebra\" is not in the vocabulary (did you mean \"zebras\"?)");
  EXPECT_EQ(test::data_error([&] { Dataset::open(file_, Vocabulary({"quux"})); }),
            file_ +
                ": no picture is left of 4 rows: 1 have no tags, 3 only tags that are not in the vocabulary, "
                "0 name "
                "a missing file");
}

TEST_F(DatasetTest, MissingPicturesThrowOrAreReported) {
  write("a.jpg\tsky\nx/no.jpg\tsky\nno2.jpg\tsky\n");
  const std::string first = file_ + ":2: x/no.jpg: No such file or directory";
  EXPECT_EQ(test::data_error([&] { Dataset::open(file_); }),
            first + " (and 1 more); set data.on_error = \"skip\" to leave such pictures out");
  const Dataset dataset = Dataset::open(file_, {.on_error = OnError::kSkip});
  EXPECT_EQ(dataset.size(), 1);
  EXPECT_THAT(dataset.report().missing_files, testing::ElementsAre(first, file_ + ":3: no2.jpg: No such file or directory"));
  EXPECT_EQ(Dataset::open(file_, {.check_files = false}).size(), 3);
}

TEST_F(DatasetTest, RejectsAFolderAsPicture) {
  std::filesystem::create_directory(folder_ / "f.jpg");
  write("f.jpg\tsky\n");
  EXPECT_THAT(test::data_error([&] { Dataset::open(file_); }), testing::StartsWith(file_ + ":1: f.jpg: Is a directory"));
}

TEST_F(DatasetTest, RejectsAnEmptyManifest) {
  write("\n");
  EXPECT_EQ(test::data_error([&] { Dataset::open(file_); }), file_ + ": the manifest has no rows");
}

TEST_F(DatasetTest, SplitsAreDisjointAndDeterministic) {
  std::string text;
  for (int i = 0; i < 50; ++i) text += std::to_string(i) + "\tsky\n";
  write(text);
  const Dataset whole = Dataset::open(file_, {.check_files = false});
  const auto [rest, cut] = whole.split(0.2, 7);
  EXPECT_EQ(cut.size(), 10);
  EXPECT_EQ(rest.size(), 40);
  std::set<std::string> all;
  for (const Dataset* part : {&rest, &cut}) {
    int64_t line = 0;
    for (const Sample& sample : part->samples()) {
      EXPECT_GT(sample.line, line);
      line = sample.line;
      all.insert(sample.path);
    }
  }
  EXPECT_EQ(all.size(), 50u);
  for (const Dataset* part : {&rest, &cut}) {
    ASSERT_EQ(part->origin().size(), part->samples().size());
    for (int64_t i = 0; i < part->size(); ++i) EXPECT_EQ(part->sample(i).path, whole.sample(part->origin()[i]).path);
  }
  EXPECT_TRUE(whole.origin().empty());
  EXPECT_EQ(cut.content_hash(), whole.split(0.2, 7).second.content_hash());
  EXPECT_NE(cut.content_hash(), whole.split(0.2, 8).second.content_hash());
  EXPECT_NE(cut.content_hash(), rest.content_hash());
  EXPECT_EQ(cut.vocabulary(), whole.vocabulary());
  EXPECT_EQ(whole.split(0.001, 7).second.size(), 1);
  EXPECT_EQ(whole.split(0.999, 7).first.size(), 1);
  EXPECT_EQ(test::usage_error([&] { whole.split(1.0, 7); }),
            "[dataset] the fraction to split off must be between 0 and 1, got 1");
}

TEST_F(DatasetTest, HashDependsOnManifestAndPictures) {
  const uint64_t hash = Dataset::open(file_).content_hash();
  EXPECT_EQ(Dataset::open(file_).content_hash(), hash);
  EXPECT_NE(Dataset::open(file_, {.drop_untagged = false}).content_hash(), hash);
  test::write_whole_file(folder_ / "a.jpg", "another picture");
  EXPECT_NE(Dataset::open(file_).content_hash(), hash);
}

TEST_F(DatasetTest, OfPicturesKeepsThePaths) {
  const Dataset dataset = Dataset::of_pictures({folder_ / "a.jpg", "b.jpg"}, Vocabulary({"sky"}));
  EXPECT_EQ(dataset.size(), 2);
  EXPECT_EQ(dataset.file_of(0), folder_ / "a.jpg");
  EXPECT_EQ(dataset.file_of(1), "b.jpg");
}

}  // namespace
}  // namespace tagloom

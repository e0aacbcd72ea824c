// Datasets from small manifests: vocabularies, reports, splits and hashes.
#include "engine/data/dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <set>
#include <tuple>

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
  EXPECT_EQ(dataset.report().outside_vocabulary, 1);
  EXPECT_TRUE(dataset.report().unknown_tags.empty());
  ASSERT_EQ(dataset.report().rare_tags.size(), 3u);
  EXPECT_EQ(dataset.report().rare_tags[0].name, "sky");
  EXPECT_EQ(dataset.report().rare_tags[2].name, "zoo");
  EXPECT_EQ(dataset.report().rare_tags[2].count, 1);
}

TEST_F(DatasetTest, EvaluationDependsOnTheManifestOnly) {
  for (const char* tag : {"sky", "sea", "zebra"}) {
    const Dataset without = Dataset::open(file_, Vocabulary({tag}), {.use = DatasetUse::kEvaluation});
    EXPECT_EQ(without.size(), 3) << tag;
    const Dataset with = Dataset::open(file_, Vocabulary({tag}), {.use = DatasetUse::kEvaluation, .untagged = Untagged::kScore});
    EXPECT_EQ(with.size(), 4) << tag;
    EXPECT_TRUE(with.sample(1).untagged);
    EXPECT_FALSE(with.sample(0).untagged);
  }
}

TEST_F(DatasetTest, EvaluationNeedsATagOfTheVocabulary) {
  const auto error = [&](DatasetUse use, Untagged untagged) {
    return test::data_error([&] { Dataset::open(file_, Vocabulary({"other"}), {.use = use, .untagged = untagged}); });
  };
  const auto of_tags =
      testing::StartsWith(file_ + ": no picture with a tag of the vocabulary is left: 1 of 4 pictures has no tags");
  EXPECT_THAT(error(DatasetUse::kEvaluation, Untagged::kLeaveOut), of_tags);
  EXPECT_THAT(error(DatasetUse::kBoth, Untagged::kLeaveOut), of_tags);
  EXPECT_THAT(
      error(DatasetUse::kEvaluation, Untagged::kScore),
      testing::StartsWith(file_ + ": no picture with a tag of the vocabulary is left: 3 of 4 pictures have only tags that are"));
  EXPECT_EQ(Dataset::open(file_, Vocabulary({"other"}), {.drop_untagged = false}).size(), 4);
}

TEST_F(DatasetTest, SplitGivesEachPartTheRowsOfItsUse) {
  std::string text;  // a third of the rows each: tagged, untagged, and with a tag that is not in the vocabulary
  for (int i = 0; i < 60; ++i) text += std::to_string(i) + (i % 3 == 0 ? "\tsky\n" : i % 3 == 1 ? "\t\n" : "\tother\n");
  write(text);
  const auto split = [&](bool drop_untagged, Untagged untagged) {
    const Dataset whole = Dataset::open(file_, Vocabulary({"sky"}),
                                        {.use = DatasetUse::kBoth,
                                         .drop_untagged = drop_untagged,
                                         .untagged = untagged,
                                         .on_error = OnError::kStop,
                                         .check_files = false});
    const auto [rest, cut] = whole.split(0.5, 3);
    for (const Dataset* part : {&rest, &cut}) {
      EXPECT_EQ(part->size(), static_cast<int64_t>(part->origin().size()));
      for (int64_t i = 0; i < part->size(); ++i) EXPECT_EQ(part->sample(i).path, whole.sample(part->origin()[i]).path);
    }
    std::array<std::array<int, 3>, 2> kinds{};  // of training and evaluation
    for (int64_t i = 0; i < rest.size(); ++i) ++kinds[0][std::stoi(std::string(rest.sample(i).path)) % 3];
    for (int64_t i = 0; i < cut.size(); ++i) ++kinds[1][std::stoi(std::string(cut.sample(i).path)) % 3];
    return std::tuple(kinds, whole.report().use_of_untagged, whole.report().use_of_outside);
  };
  {
    const auto [kinds, untagged, outside] = split(true, Untagged::kLeaveOut);
    EXPECT_EQ(untagged, RowUse::kLeftOut);
    EXPECT_EQ(outside, RowUse::kOnlyEvaluation);
    EXPECT_EQ(kinds[0][1] + kinds[0][2] + kinds[1][1], 0);
    EXPECT_EQ(kinds[1][0] + kinds[1][2], 20);  // half of the 40 rows with tags
    EXPECT_GT(kinds[1][2], 0);
  }
  {
    const auto [kinds, untagged, outside] = split(true, Untagged::kScore);
    EXPECT_EQ(untagged, RowUse::kOnlyEvaluation);
    EXPECT_EQ(outside, RowUse::kOnlyEvaluation);
    EXPECT_EQ(kinds[0][1] + kinds[0][2], 0);
    EXPECT_EQ(kinds[1][0] + kinds[1][1] + kinds[1][2], 30);
  }
  {
    const auto [kinds, untagged, outside] = split(false, Untagged::kLeaveOut);
    EXPECT_EQ(untagged, RowUse::kOnlyTraining);
    EXPECT_EQ(outside, RowUse::kKept);
    EXPECT_EQ(kinds[0][0] + kinds[0][1] + kinds[0][2], 30);
    EXPECT_GT(kinds[0][1], 0);
    EXPECT_EQ(kinds[1][1], 0);
  }
}

TEST_F(DatasetTest, ReportsEachReasonInASentence) {
  write("a.jpg\tsky,sea,sky\nb.jpg\t\nc.jpg\tsea,zoo\na.jpg\tzebra\nno.jpg\tsea\n");
  const Dataset dataset =
      Dataset::open(file_, {.vocabulary = {.minimum_count = 2}, .drop_untagged = true, .on_error = OnError::kSkip});
  EXPECT_EQ(left_out_text(dataset.report()),
            "1 of 5 picture files cannot be opened and is left out: " + file_ +
                ":5: no.jpg: No such file or directory; "
                "1 of 5 pictures has no tags and is left out; "
                "1 of 5 pictures has only tags that are not in the vocabulary and is left out; "
                "3 tags have fewer than data.minimum_count = 2 pictures and are left out: sky (1 picture), zebra (1), zoo (1); "
                "1 tag repeats another of its row and is left out; 1 row repeats the picture of another row and counts again");
  std::vector<std::string> losses;
  for (const LeftOut& one : left_out(dataset.report())) {
    EXPECT_EQ(one.sentence.empty(), one.count == 0) << one.reason;
    if (one.is_loss) losses.push_back(one.reason);
  }
  EXPECT_THAT(losses, testing::ElementsAre("missing_pictures", "untagged_pictures", "repeated_tags", "repeated_pictures"));

  const Dataset given = Dataset::open(file_, Vocabulary({"zebra"}), {.on_error = OnError::kSkip});
  losses.clear();
  for (const LeftOut& one : left_out(given.report())) {
    if (one.is_loss) losses.push_back(one.reason);
  }
  EXPECT_THAT(losses, testing::ElementsAre("untagged_pictures", "pictures_outside_vocabulary", "unknown_tags", "repeated_tags",
                                           "repeated_pictures"));
  EXPECT_THAT(left_out_text(given.report()),
              testing::HasSubstr("3 tags are not in the vocabulary and are left out: sea (3 pictures), sky (1), zoo (1)"));
  EXPECT_EQ(left_out_text(Dataset::of_pictures({"a.jpg"}, Vocabulary({"sky"})).report()), "");
}

TEST_F(DatasetTest, StrictLeavesNothingOut) {
  const auto error = [&](const std::string& text, const DatasetOptions& options) {
    write(text);
    return test::data_error([&] { Dataset::open(file_, options); });
  };
  EXPECT_EQ(error("a.jpg\tsky\nb.jpg\t\n", {.strict = true}), file_ + ": 1 of 2 pictures has no tags and is left out");
  EXPECT_EQ(error("a.jpg\tsky\na.jpg\tsky\n", {.strict = true}),
            file_ + ": 1 row repeats the picture of another row and counts again");
  EXPECT_EQ(error("a.jpg\tsky,sky\n", {.strict = true}), file_ + ": 1 tag repeats another of its row and is left out");
  EXPECT_EQ(
      error("a.jpg\tsky\nno.jpg\tsky\n", {.on_error = OnError::kSkip, .strict = true}),
      file_ + ": 1 of 2 picture files cannot be opened and is left out: " + file_ + ":2: no.jpg: No such file or directory");
  write("a.jpg\tsky\nb.jpg\t\nc.jpg\tsky,zoo\nd.jpg\tzebra\n");  // settings ask for the rest
  EXPECT_EQ(Dataset::open(file_, {.vocabulary = {.minimum_count = 2}, .drop_untagged = false, .strict = true}).size(), 4);
}

TEST_F(DatasetTest, UsesTheGivenVocabulary) {
  const Vocabulary vocabulary({"zoo", "sea"});
  const Dataset dataset = Dataset::open(file_, vocabulary);
  EXPECT_EQ(dataset.size(), 2);
  EXPECT_EQ(dataset.sample(1).tags, (Ids{1, 0}));
  EXPECT_EQ(dataset.report().unknown_tags.size(), 2u);
  EXPECT_EQ(test::data_error([&] {
              Dataset::open(file_, Vocabulary({"sky", "sea", "zoo", "zebras"}), {.strict = true});
            }),
            file_ +
                ": 1 of 4 pictures has no tags and is left out; 1 of 4 pictures has only tags that are not in the vocabulary and "
                "is left out; 1 tag is not in the vocabulary and is left out: zebra (1 picture)");
  EXPECT_EQ(test::data_error([&] { Dataset::open(file_, Vocabulary({"quux"})); }),
            file_ +
                ": no picture with a tag of the vocabulary is left: 1 of 4 pictures has no tags and is left out; 3 of 4 pictures "
                "have only tags that are not in the vocabulary and are left out; 4 tags are not in the vocabulary and are left "
                "out: sea (2 pictures), sky (1), zebra (1), zoo (1)");
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
    for (int64_t i = 0; i < part->size(); ++i) {
      const Sample sample = part->sample(i);
      EXPECT_GT(sample.line, line);
      line = sample.line;
      all.emplace(sample.path);
    }
  }
  EXPECT_EQ(all.size(), 50u);
  for (const Dataset* part : {&rest, &cut}) {
    ASSERT_EQ(static_cast<int64_t>(part->origin().size()), part->size());
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

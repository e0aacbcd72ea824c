// The real datasets, if TAGLOOM_DATA is the folder with corel5k/ and flickr8k/.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <ostream>

#include "engine/data/dataset.h"
#include "engine/data/picture_reader.h"

namespace tagloom {
namespace {

// From the datasets' descriptions; untagged rows counted by hand.
struct RealSet {
  const char* folder;
  int64_t training_rows, training_untagged, test_rows, test_untagged, test_outside_50, tags;
  double tags_a_picture;
};
void PrintTo(const RealSet& set, std::ostream* out) { *out << set.folder; }

class RealData : public testing::TestWithParam<RealSet> {
 protected:
  void SetUp() override {
    const char* data = std::getenv("TAGLOOM_DATA");
    if (data == nullptr) GTEST_SKIP() << "TAGLOOM_DATA is not set";
    folder_ = std::filesystem::path(data) / GetParam().folder;
    if (!std::filesystem::exists(folder_)) GTEST_SKIP() << folder_ << " is missing";
  }

  std::filesystem::path folder_;
};

TEST_P(RealData, ManifestsMatchTheirDescription) {
  const RealSet& set = GetParam();
  const Vocabulary vocabulary = Vocabulary::load(folder_ / "words.txt");
  EXPECT_EQ(vocabulary.size(), set.tags);
  const Dataset train = Dataset::open(folder_ / "train.tsv", vocabulary);
  EXPECT_TRUE(train.report().unknown_tags.empty());
  EXPECT_EQ(train.report().rows, set.training_rows);
  EXPECT_EQ(train.report().untagged, set.training_untagged);
  EXPECT_EQ(train.size(), set.training_rows - set.training_untagged);
  for (const int64_t least : {1, 5, 50}) {  // no vocabulary changes the pictures that are scored
    const Vocabulary frequent = Dataset::open(folder_ / "train.tsv", {.vocabulary = {.minimum_count = least}}).vocabulary();
    const Dataset scored = Dataset::open(folder_ / "test.tsv", frequent, {.use = DatasetUse::kEvaluation});
    EXPECT_EQ(scored.report().untagged, set.test_untagged);
    EXPECT_EQ(scored.size(), set.test_rows - set.test_untagged);
    EXPECT_EQ(scored.report().outside_vocabulary, least < 50 ? 0 : set.test_outside_50);
  }
  EXPECT_EQ(
      Dataset::open(folder_ / "test.tsv", vocabulary, {.use = DatasetUse::kEvaluation, .untagged = Untagged::kScore}).size(),
      set.test_rows);
  double tags = 0;
  for (int64_t i = 0; i < train.size(); ++i) tags += static_cast<double>(train.sample(i).tags.size());
  EXPECT_NEAR(tags / static_cast<double>(train.size()), set.tags_a_picture, 0.1);
}

TEST_P(RealData, EveryTwentiethPictureLoads) {
  const Vocabulary vocabulary = Vocabulary::load(folder_ / "words.txt");
  const Dataset whole = Dataset::open(folder_ / "train.tsv", vocabulary);
  const Dataset part = whole.split(0.05, 1).second;
  PictureReader reader(part, {.transform = {.size = 224}, .workers = 2});
  reader.start(Sampler(part.size(), {.batch_size = 32}));
  int64_t pictures = 0;
  for (HostBatch batch; reader.next(batch);) pictures += batch.n;
  EXPECT_EQ(pictures, part.size());
}

INSTANTIATE_TEST_SUITE_P(, RealData,
                         testing::Values(RealSet{"corel5k", 4500, 7, 499, 0, 9, 260, 3.4},
                                         RealSet{"flickr8k", 5000, 18, 1000, 4, 8, 132, 2.8}),
                         [](const auto& info) { return std::string(info.param.folder); });

}  // namespace
}  // namespace tagloom

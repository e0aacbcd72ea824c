// Features of a dataset: cached, except after a failure to read that may pass.
#include "engine/train/features.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/data/image.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/thrown_message.h"

namespace tagloom {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Its feature of a picture is the value of the first pixel.
class FirstPixel : public Tagger {
 public:
  Var loss(Tape& tape, const Batch&) override { return tape.constant(Tensor::from(std::vector<Real>{0}, {1})); }
  Predictions predict(const Batch&) override { return {}; }
  Var features(Tape& tape, const Batch& batch) override {
    const std::vector<uint8_t> pixels = batch.images.to_vector<uint8_t>();
    std::vector<Real> first;
    for (int64_t i = 0; i < batch.size(); ++i) first.push_back(pixels[i * pixels.size() / batch.size()]);
    return tape.constant(Tensor::from(first, {batch.size(), 1}));
  }
  int64_t tag_count() const override { return 1; }
};

class FeaturesOf : public testing::Test {
 protected:
  FeaturesOf() {
    std::string text;
    for (int i = 0; i < 4; ++i) {
      write_picture(i);
      text += name(i) + "\tsky\n";
    }
    test::write_whole_file(folder_ / "t.tsv", text);
    dataset_ = Dataset::open(folder_ / "t.tsv");
  }
  static std::string name(int i) { return std::to_string(i) + ".png"; }
  void write_picture(int i) {
    const std::vector<uint8_t> png = encode_png({8, 8, std::vector<uint8_t>(8 * 8 * 3, static_cast<uint8_t>(10 * i))});
    test::write_whole_file(folder_ / name(i), std::string(png.begin(), png.end()));
  }
  FeatureResult features(OnError on_error = OnError::kSkip) {
    warnings_.clear();
    FeatureRequest request;
    request.reader = {.transform = {.size = 8}, .workers = 2, .on_error = on_error};
    request.batch_size = 3;
    request.key = FeatureCacheKey{.backbone = "first", .dataset = dataset_.content_hash()};
    request.folder = cache_;
    request.on_warning = [&](const std::string& text) { warnings_.push_back(text); };
    FirstPixel model;
    return features_of(model, dataset_, request);
  }
  int64_t caches() const { return fs::exists(cache_) ? std::distance(fs::directory_iterator(cache_), {}) : 0; }

  test::TemporaryFolder folder_;
  std::string cache_ = folder_ / "cache";
  Dataset dataset_;
  std::vector<std::string> warnings_;
};

TEST_F(FeaturesOf, AreCached) {
  const FeatureResult first = features(), second = features();
  EXPECT_FALSE(first.from_cache);
  EXPECT_TRUE(second.from_cache);
  EXPECT_THAT(first.table.rows.to_vector(), ElementsAre(0, 10, 20, 30));
  EXPECT_THAT(second.table.rows.to_vector(), ElementsAre(0, 10, 20, 30));
  EXPECT_TRUE(warnings_.empty());
}

TEST_F(FeaturesOf, AreNotCachedAfterAPictureVanished) {
  fs::remove(folder_ / name(2));
  const FeatureResult first = features();
  EXPECT_THAT(first.table.valid, ElementsAre(0, 1, 3));
  EXPECT_EQ(caches(), 0);
  ASSERT_EQ(warnings_.size(), 1u);
  EXPECT_THAT(warnings_[0], HasSubstr("are not cached, because 1 of its pictures could not be read for reasons that may pass"));

  write_picture(2);  // back again
  EXPECT_THAT(features().table.valid, ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(caches(), 1);
  EXPECT_TRUE(features().from_cache);
}

TEST_F(FeaturesOf, OfADamagedPictureAreCachedAsMissing) {
  test::write_whole_file(folder_ / name(2), "no picture");
  EXPECT_THAT(features().table.valid, ElementsAre(0, 1, 3));
  EXPECT_TRUE(warnings_.empty());
  const FeatureResult second = features();
  EXPECT_TRUE(second.from_cache);
  EXPECT_THAT(second.table.valid, ElementsAre(0, 1, 3));
  EXPECT_THAT(test::data_error([&] { features(OnError::kStop); }), HasSubstr("2.png: is not a picture in a supported format"));
}

TEST_F(FeaturesOf, AreComputedWhereNoCacheCanBeWritten) {
  test::write_whole_file(folder_ / "file", "x");
  for (const std::string& folder : {std::string(folder_ / "file"), std::string("/proc/cache"), folder_ / std::string(300, 'x')}) {
    cache_ = folder;
    EXPECT_EQ(features().table.valid.size(), 4u);
    ASSERT_EQ(warnings_.size(), 1u) << folder;
    EXPECT_THAT(warnings_[0], testing::StartsWith("features are not cached: " + folder + ": "));
  }
}

TEST_F(FeaturesOf, AFileThatCannotBeReplacedIsAWarningToo) {
  features();
  const fs::path file = fs::directory_iterator(cache_)->path();
  fs::remove(file);
  fs::create_directory(file);  // the folder can be written, but not this file
  EXPECT_EQ(features().table.valid.size(), 4u);
  ASSERT_EQ(warnings_.size(), 1u);
  EXPECT_THAT(warnings_[0], testing::StartsWith("features are not cached: " + file.string() + ": "));
}

}  // namespace
}  // namespace tagloom

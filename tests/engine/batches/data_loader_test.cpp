// Epochs and batches of the DataLoader.
#include "engine/batches/data_loader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "tests/engine/data/picture_files.h"
#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace tagloom {
namespace {

// Seven pictures; picture i has tag i % 3.
class DataLoaderTest : public testing::Test {
 protected:
  DataLoaderTest() {
    const char* const tags[] = {"a", "b", "c"};
    std::string text;
    for (int i = 0; i < 7; ++i) {
      const std::vector<uint8_t> bytes = encode_png(test::make_picture(20 + i, 30, i));
      test::write_whole_file(folder_ / (std::to_string(i) + ".png"), std::string(bytes.begin(), bytes.end()));
      text += std::to_string(i) + ".png\t" + tags[i % 3] + "\n";
    }
    test::write_whole_file(folder_ / "t.tsv", text);
    dataset_ = Dataset::open(folder_ / "t.tsv", Vocabulary({"a", "b", "c"}));
  }

  std::vector<int64_t> epoch_of(DataLoader& loader) const {
    std::vector<int64_t> seen;
    for (const Batch& batch : loader) {
      EXPECT_EQ(batch.images.shape(), (Shape{batch.size(), 16, 16, 3}));
      const std::vector<uint8_t> labels = batch.labels.to_vector<uint8_t>();
      for (int64_t i = 0; i < batch.size(); ++i) {
        const int64_t picture = batch.index[i];
        for (int64_t tag = 0; tag < 3; ++tag) EXPECT_EQ(labels[i * 3 + tag], picture % 3 == tag) << picture;
        seen.push_back(picture);
      }
    }
    return seen;
  }

  test::TemporaryFolder folder_;
  Dataset dataset_;
};

TEST_F(DataLoaderTest, EachLoopIsAnEpochInANewOrder) {
  const DataLoaderOptions options{.batch_size = 3, .seed = 7, .transform = {.size = 16}};
  DataLoader loader(dataset_, options);
  EXPECT_EQ(loader.batches(), 3);
  const std::vector<int64_t> first = epoch_of(loader), second = epoch_of(loader);
  EXPECT_EQ(loader.epochs_begun(), 2);
  EXPECT_NE(first, second);
  for (std::vector<int64_t> seen : {first, second}) {
    std::sort(seen.begin(), seen.end());
    EXPECT_EQ(seen, (std::vector<int64_t>{0, 1, 2, 3, 4, 5, 6}));
  }
  DataLoader again(dataset_, options);
  EXPECT_EQ(epoch_of(again), first);
  EXPECT_EQ(epoch_of(again), second);
}

TEST_F(DataLoaderTest, KeepsTheManifestsOrderWithoutTraining) {
  DataLoader loader(dataset_, {.batch_size = 4, .training = false, .transform = {.size = 16}});
  EXPECT_EQ(epoch_of(loader), (std::vector<int64_t>{0, 1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(epoch_of(loader), (std::vector<int64_t>{0, 1, 2, 3, 4, 5, 6}));
}

TEST_F(DataLoaderTest, BreakingOutOfALoopEndsTheEpoch) {
  const DataLoaderOptions options{.batch_size = 1, .seed = 7, .transform = {.size = 16}};
  DataLoader whole(dataset_, options), left(dataset_, options);
  epoch_of(whole);
  for (const Batch& batch : left) {
    EXPECT_EQ(batch.position, 0);
    break;
  }
  EXPECT_EQ(epoch_of(left), epoch_of(whole));
}

TEST_F(DataLoaderTest, UnreadablePictureThrowsOrIsSkipped) {
  test::write_whole_file(folder_ / "2.png", "no picture");
  DataLoader strict(dataset_, {.transform = {.size = 16}});
  EXPECT_ERROR(kData, "2.png", epoch_of(strict));
  DataLoader lenient(dataset_, {.training = false, .transform = {.size = 16}, .on_error = OnError::kSkip});
  EXPECT_EQ(epoch_of(lenient), (std::vector<int64_t>{0, 1, 3, 4, 5, 6}));
}

}  // namespace
}  // namespace tagloom

// Batches are the same bits for 1 to 8 threads, for random settings and with unreadable pictures.
#include <gtest/gtest.h>
#include <omp.h>

#include <filesystem>
#include <random>

#include "engine/batches/batch_source.h"
#include "tests/engine/data/picture_files.h"
#include "tests/support/temporary_folder.h"
#include "tools/bench/cases/random_array.h"

namespace tagloom {
namespace {

struct SeenBatch {
  int64_t position;
  std::vector<int64_t> index;
  std::vector<std::vector<int32_t>> tags;
  std::vector<uint8_t> labels, images;
  std::vector<Real> features;
  bool operator==(const SeenBatch&) const = default;
};

// At most `count` batches.
void read(BatchSource& source, int64_t count, std::vector<SeenBatch>& to) {
  for (Batch batch; count > 0 && source.next(batch); --count) {
    to.push_back({batch.position, batch.index, batch.tags, batch.labels.to_vector<uint8_t>(), {}, {}});
    if (batch.images.defined()) to.back().images = batch.images.to_vector<uint8_t>();
    if (batch.features.defined()) to.back().features = batch.features.to_vector();
  }
}

// 19 pictures of 19 sizes, two of which are damaged and one of which is missing.
class ThreadCounts : public testing::Test {
 protected:
  ThreadCounts() {
    std::string text;
    for (int i = 0; i < 19; ++i) {
      const Image picture = test::make_picture(30 + 3 * i, 60 - 2 * i, i);
      const std::vector<uint8_t> bytes = i % 3 ? encode_jpeg(picture, 90) : encode_png(picture);
      const std::string name = std::to_string(i) + (i % 3 ? ".jpg" : ".png");
      test::write_whole_file(folder_ / name, i % 9 == 4 ? "no picture" : std::string(bytes.begin(), bytes.end()));
      text += name + "\t" + (i % 2 ? "sky,sea" : "sea") + "\n";
    }
    test::write_whole_file(folder_ / "t.tsv", text);
    dataset_ = Dataset::open(folder_ / "t.tsv");
    std::filesystem::remove(folder_ / "11.jpg");
  }

  test::TemporaryFolder folder_;
  Dataset dataset_;
};

TEST_F(ThreadCounts, PicturesAreTheSameBits) {
  for (uint32_t seed = 0; seed < 60; ++seed) {
    std::mt19937 random(seed);
    const auto below = [&](int64_t n) { return static_cast<int64_t>(random() % static_cast<uint64_t>(n)); };
    PictureReaderSettings reader{.training = below(3) != 0, .seed = random(), .on_error = OnError::kSkip};
    reader.transform = {.size = 4 + below(20), .flip = below(2) != 0};
    reader.transform.short_side = reader.transform.size + below(20);
    reader.transform.resize = below(2) ? Resize::kSquash : Resize::kShortSide;
    reader.transform.crop = below(2) ? Crop::kRandom : Crop::kCenter;
    const SamplerSettings sampler{
        .batch_size = 1 + below(9), .seed = random(), .shuffle = below(4) != 0, .drop_last = below(2) != 0};
    const int64_t first_epoch = below(3), left_after = below(4), begin = below(2);
    const auto seen_by = [&](int workers) {
      reader.workers = workers;
      reader.prefetch = 1 + static_cast<int>(below(6));
      std::vector<SeenBatch> seen;
      std::vector<std::string> failures;
      PictureSource source(dataset_, reader, sampler, Device::cpu(),
                           [&](const ReadFailure& failure) { failures.push_back(failure.reason); });
      source.start_epoch(first_epoch, 0);
      read(source, left_after, seen);  // leaves the epoch with batches in progress
      for (int64_t epoch = 1; epoch <= 2; ++epoch) {
        source.start_epoch(first_epoch + epoch, begin);
        read(source, 1000, seen);
      }
      return std::pair(seen, failures);
    };
    const auto one = seen_by(1);
    ASSERT_GE(one.first.size(), 2u);
    for (int workers = 2; workers <= 8; ++workers) {
      ASSERT_TRUE(seen_by(workers) == one) << workers << " workers, seed " << seed;
    }
  }
}

TEST_F(ThreadCounts, RowsOfFeaturesAreTheSameBits) {
#ifdef __SANITIZE_THREAD__
  GTEST_SKIP() << "ThreadSanitizer does not see the barriers of OpenMP, whose threads this test sets";
#endif
  const int threads = omp_get_max_threads();
  for (uint32_t seed = 0; seed < 20; ++seed) {
    std::mt19937 random(seed);
    const int64_t width = 1 + static_cast<int64_t>(random() % 5000);
    FeatureTable table{.rows = Tensor::from(test::normal_array(19 * width, seed), {19, width}), .valid = {}, .row = {}};
    for (int64_t i = 0; i < 19; ++i) {
      if (i == 0 || random() % 4) table.valid.push_back(i);
    }
    table.row = table.valid;
    const SamplerSettings sampler{.batch_size = 1 + static_cast<int64_t>(random() % 9), .seed = random()};
    std::vector<SeenBatch> one;
    for (int count = 1; count <= 8; ++count) {
      omp_set_num_threads(count);
      std::vector<SeenBatch> seen;
      FeatureSource source(dataset_, table, sampler);
      source.start_epoch(seed, 0);
      read(source, 1000, seen);
      if (count == 1) one = seen;
      EXPECT_TRUE(seen == one) << count << " threads, seed " << seed;
    }
    ASSERT_FALSE(one.empty());
  }
  omp_set_num_threads(threads);
}

}  // namespace
}  // namespace tagloom

// The threaded picture reader: determinism, failures and shutdown.
#include "engine/data/picture_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/resource.h>
#include <optional>

#include "tests/engine/data/picture_files.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/thrown_message.h"

namespace tagloom {
namespace {

// 23 pictures of 23 sizes.
class PictureReaderTest : public testing::Test {
 protected:
  PictureReaderTest() {
    std::string text;
    for (int i = 0; i < 23; ++i) {
      write_picture(i, encode_jpeg(test::make_picture(40 + 3 * i, 70 - 2 * i, i), 90));
      text += name(i) + "\tsky\n";
    }
    test::write_whole_file(folder_ / "t.tsv", text);
    dataset_ = Dataset::open(folder_ / "t.tsv");
  }

  static std::string name(int i) { return std::to_string(i) + ".jpg"; }
  void write_picture(int i, const std::vector<uint8_t>& bytes) {
    test::write_whole_file(folder_ / name(i), std::string(bytes.begin(), bytes.end()));
  }
  void damage(int i) { test::write_whole_file(folder_ / name(i), "\xFF\xD8 no picture"); }

  std::vector<HostBatch> load(const PictureReaderSettings& settings, Sampler sampler) {
    PictureReader reader(dataset_, settings);
    reader.start(sampler);
    std::vector<HostBatch> batches;
    for (HostBatch batch; reader.next(batch);) batches.push_back(batch);
    failures_ = reader.failures();
    return batches;
  }

  static void expect_equal(const std::vector<HostBatch>& a, const std::vector<HostBatch>& b) {
    ASSERT_EQ(a.size(), b.size());
    for (size_t i = 0; i < a.size(); ++i) {
      EXPECT_EQ(a[i].position, b[i].position);
      EXPECT_EQ(a[i].index, b[i].index);
      EXPECT_EQ(a[i].images, b[i].images) << "batch " << i;
    }
  }

  test::TemporaryFolder folder_;
  Dataset dataset_;
  std::vector<ReadFailure> failures_;
  const TransformOptions augmented_{.size = 16, .short_side = 20, .crop = Crop::kRandom, .flip = true};
  const PictureReaderSettings settings_{.transform = augmented_, .training = true, .workers = 1, .prefetch = 2, .seed = 5};
};

TEST_F(PictureReaderTest, BatchesAreTheSameForAnyNumberOfWorkers) {
  Sampler sampler(23, {.batch_size = 4, .seed = 9});
  sampler.next_epoch();
  const std::vector<HostBatch> one = load(settings_, sampler);
  ASSERT_EQ(one.size(), 6u);
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(one[i].index, sampler.batch(i));
    EXPECT_EQ(one[i].n, i < 5 ? 4 : 3);
    EXPECT_EQ(one[i].images.size(), static_cast<size_t>(one[i].n) * 16 * 16 * 3);
  }
  for (const int workers : {2, 7}) {
    for (const int prefetch : {1, 3, 20}) {
      PictureReaderSettings settings = settings_;
      settings.workers = workers;
      settings.prefetch = prefetch;
      expect_equal(load(settings, sampler), one);
    }
  }
}

TEST_F(PictureReaderTest, MatchesTransform) {
  const PictureReaderSettings settings{.transform = {.size = 16}, .workers = 2};
  for (const HostBatch& batch : load(settings, Sampler(23, {.batch_size = 5, .seed = 1}))) {
    for (int i = 0; i < batch.n; ++i) {
      std::vector<uint8_t> expected(16 * 16 * 3);
      apply(settings.transform, decode_image(dataset_.file_of(batch.index[i]), least_side(settings.transform)), false, {},
            expected);
      EXPECT_TRUE(std::equal(expected.begin(), expected.end(), batch.images.begin() + i * 16 * 16 * 3));
    }
  }
}

TEST_F(PictureReaderTest, EpochsAndSeedsChangeTheDraws) {
  Sampler sampler(23, {.batch_size = 23, .shuffle = false});
  const std::vector<uint8_t> first = load(settings_, sampler)[0].images;
  sampler.next_epoch();
  EXPECT_NE(load(settings_, sampler)[0].images, first);
  PictureReaderSettings other = settings_;
  other.seed = 6;
  EXPECT_NE(load(other, Sampler(23, {.batch_size = 23, .shuffle = false}))[0].images, first);
}

TEST_F(PictureReaderTest, ResumedEpochHasTheSameRest) {
  Sampler sampler(23, {.batch_size = 4, .seed = 9});
  std::vector<HostBatch> all = load(settings_, sampler);
  sampler.advance_to(4);
  all.erase(all.begin(), all.begin() + 4);
  expect_equal(load(settings_, sampler), all);
}

TEST_F(PictureReaderTest, OneReaderServesManyEpochs) {
  PictureReader reader(dataset_, settings_);
  Sampler sampler(23, {.batch_size = 4, .seed = 9});
  HostBatch batch;
  for (int epoch = 0; epoch < 3; ++epoch, sampler.next_epoch()) {
    const std::vector<HostBatch> expected = load(settings_, sampler);
    reader.start(sampler);
    size_t i = 0;
    for (; reader.next(batch); ++i) {
      EXPECT_EQ(batch.images, expected.at(i).images);
      sampler.advance_to(batch.position + 1);
    }
    EXPECT_EQ(i, expected.size());
    EXPECT_TRUE(sampler.epoch_done());
    EXPECT_FALSE(reader.next(batch));  // still false
  }
}

TEST_F(PictureReaderTest, RestartingDropsPendingBatches) {
  PictureReaderSettings settings = settings_;
  settings.workers = 3;
  PictureReader reader(dataset_, settings);
  const Sampler sampler(23, {.batch_size = 4, .seed = 9});
  const std::vector<uint8_t> first = load(settings_, sampler)[0].images;
  for (int i = 0; i < 20; ++i) {
    reader.start(sampler);
    HostBatch batch;
    ASSERT_TRUE(reader.next(batch));
    EXPECT_EQ(batch.images, first);
  }
}

TEST_F(PictureReaderTest, JoinsItsThreadsWhenDestroyedMidEpoch) {
  for (int i = 0; i < 20; ++i) {
    PictureReaderSettings settings = settings_;
    settings.workers = 1 + i % 5;
    PictureReader reader(dataset_, settings);
    HostBatch batch;
    if (i % 3 > 0) reader.start(Sampler(23, {.batch_size = 4}));
    if (i % 3 > 1) reader.next(batch);
  }
}

TEST_F(PictureReaderTest, ReportsSkippedPicturesAndShrinksTheirBatch) {
  const std::vector<HostBatch> whole = load(settings_, Sampler(23, {.batch_size = 4, .shuffle = false}));
  damage(1);
  damage(3);
  std::filesystem::remove(folder_ / name(9));
  PictureReaderSettings settings = settings_;
  settings.on_error = OnError::kSkip;
  for (const int workers : {1, 7}) {
    settings.workers = workers;
    const std::vector<HostBatch> batches = load(settings, Sampler(23, {.batch_size = 4, .shuffle = false}));
    ASSERT_EQ(batches.size(), 6u);
    EXPECT_EQ(batches[0].index, (std::vector<int64_t>{0, 2}));
    EXPECT_EQ(batches[0].n, 2);
    std::vector<uint8_t> expected(whole[0].images.begin(), whole[0].images.begin() + 768);
    expected.insert(expected.end(), whole[0].images.begin() + 2 * 768, whole[0].images.begin() + 3 * 768);
    EXPECT_EQ(batches[0].images, expected);
    EXPECT_EQ(batches[2].index, (std::vector<int64_t>{8, 10, 11}));
    ASSERT_EQ(failures_.size(), 3u);
    EXPECT_EQ(failures_[1].index, 3);
    EXPECT_EQ(failures_[1].path, "3.jpg");
    EXPECT_THAT(failures_[1].reason, testing::StartsWith(folder_ / "3.jpg" + ": is a damaged or unreadable JPEG: "));
    EXPECT_EQ(failures_[2].reason, folder_ / "9.jpg" + ": cannot be opened: No such file or directory");
  }
}

TEST_F(PictureReaderTest, ReportsFailuresAsTheyOccur) {
  damage(0);
  PictureReaderSettings settings = settings_;
  settings.on_error = OnError::kSkip;
  PictureReader reader(dataset_, settings);
  std::vector<std::string> seen;
  reader.on_failure = [&](const ReadFailure& failure) { seen.push_back(failure.path); };
  reader.start(Sampler(23, {.batch_size = 4, .shuffle = false}));
  HostBatch batch;
  ASSERT_TRUE(reader.next(batch));
  EXPECT_THAT(seen, testing::ElementsAre("0.jpg"));
}

TEST_F(PictureReaderTest, SkipsABatchWithoutReadablePictures) {
  damage(4);
  damage(5);
  PictureReaderSettings settings = settings_;
  settings.on_error = OnError::kSkip;
  const std::vector<HostBatch> batches = load(settings, Sampler(23, {.batch_size = 2, .shuffle = false}));
  ASSERT_EQ(batches.size(), 11u);
  EXPECT_EQ(batches[1].position, 1);
  EXPECT_EQ(batches[2].position, 3);
}

TEST_F(PictureReaderTest, StopThrowsTheFirstFailureInOrder) {
  damage(9);
  damage(6);
  for (const int workers : {1, 7}) {
    PictureReaderSettings settings = settings_;
    settings.workers = workers;
    PictureReader reader(dataset_, settings);
    reader.start(Sampler(23, {.batch_size = 4, .shuffle = false}));
    HostBatch batch;
    ASSERT_TRUE(reader.next(batch));
    EXPECT_THAT(test::data_error([&] { reader.next(batch); }), testing::StartsWith(folder_ / "6.jpg" + ": is a damaged"));
    EXPECT_FALSE(reader.next(batch));
    reader.start(Sampler(4, {.batch_size = 4, .shuffle = false}));  // the reader is reusable
    EXPECT_TRUE(reader.next(batch));
  }
}

TEST_F(PictureReaderTest, RejectsAnEpochWithoutReadablePictures) {
  for (int i = 0; i < 23; ++i) damage(i);
  PictureReaderSettings settings = settings_;
  settings.on_error = OnError::kSkip;
  EXPECT_THAT(test::data_error([&] { load(settings, Sampler(23, {.batch_size = 4})); }),
              testing::StartsWith("none of 23 pictures could be read; the last: " + folder_.path()));
}

// Skipping must not hide errors other than Error(kData).
TEST_F(PictureReaderTest, DoesNotSkipOtherExceptions) {
  PictureReaderSettings settings = settings_;
  settings.on_error = OnError::kSkip;
  PictureReader reader(dataset_, settings);
  reader.on_failure = [](const ReadFailure&) { throw std::runtime_error("from the callback"); };
  damage(2);
  reader.start(Sampler(23, {.batch_size = 4, .shuffle = false}));
  HostBatch batch;
  EXPECT_THROW(reader.next(batch), std::runtime_error);
  EXPECT_FALSE(reader.next(batch));
}

TEST_F(PictureReaderTest, RejectsInvalidSettings) {
  EXPECT_EQ(test::usage_error([&] { PictureReader(dataset_, {.workers = -1}); }), "[loader] workers must be 0 to 1024, got -1");
  EXPECT_EQ(test::usage_error([&] { PictureReader(dataset_, {.prefetch = 0}); }), "[loader] prefetch must be 1 to 1024, got 0");
  EXPECT_EQ(test::usage_error([&] { PictureReader(dataset_, {.transform = {.size = 0}}); }),
            "transform.size must be 1 to 8192, got 0");
}

// An I/O error does not make a picture a damaged one.
TEST_F(PictureReaderTest, TellsDamagedPicturesFromFilesThatCannotBeRead) {
  PictureReaderSettings skip = settings_;
  skip.on_error = OnError::kSkip;
  damage(0);
  test::write_whole_file(folder_ / name(1), "");
  test::write_whole_file(folder_ / name(2), "RIFF....WEBP");
  for (int i = 3; i < 7; ++i) std::filesystem::remove(folder_ / name(i));  // 3 is gone
  std::filesystem::create_directory(folder_ / name(4));
  std::filesystem::create_symlink("/proc/self/mem", folder_ / name(5));  // EIO
  std::filesystem::create_symlink(name(6), folder_ / name(6));           // ELOOP
  load(skip, Sampler(23, {.batch_size = 5}));
  ASSERT_EQ(failures_.size(), 7u);
  for (const ReadFailure& failure : failures_) {
    EXPECT_EQ(failure.problem, failure.index < 3 ? ReadProblem::kContent : ReadProblem::kTransient) << failure.reason;
    EXPECT_THAT(failure.reason, testing::StartsWith(folder_ / name(static_cast<int>(failure.index)) + ": "));
  }
}

TEST_F(PictureReaderTest, TooManyOpenFilesMayPass) {
  PictureReader reader(dataset_, {.transform = {.size = 16}, .workers = 2, .on_error = OnError::kSkip});
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none{0, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  std::string error;
  try {
    reader.start(Sampler(23, {.batch_size = 5}));
    for (HostBatch batch; reader.next(batch);) {
    }
  } catch (const Error& thrown) {
    error = thrown.what();
  }
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_THAT(error, testing::HasSubstr("Too many open files"));
  ASSERT_EQ(reader.failures().size(), 23u);
  for (const ReadFailure& failure : reader.failures()) EXPECT_EQ(failure.problem, ReadProblem::kTransient);
}

}  // namespace
}  // namespace tagloom

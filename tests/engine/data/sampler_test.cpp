// Order, batches and state of the sampler.
#include "engine/data/sampler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "tests/support/thrown_message.h"

namespace tagloom {
namespace {

using Indices = std::vector<int64_t>;

Indices epoch_of(const Sampler& sampler) {
  Indices all;
  for (int64_t i = 0; i < sampler.batches(); ++i) {
    const Indices batch = sampler.batch(i);
    all.insert(all.end(), batch.begin(), batch.end());
  }
  return all;
}

Indices counting(int64_t count) {
  Indices all(static_cast<size_t>(count));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

TEST(Sampler, VisitsEveryPictureOncePerEpochInANewOrder) {
  Sampler sampler(103, {.batch_size = 10, .seed = 7});
  EXPECT_EQ(sampler.batches(), 11);
  EXPECT_EQ(sampler.batch(10).size(), 3u);
  const Indices first = epoch_of(sampler);
  sampler.next_epoch();
  const Indices second = epoch_of(sampler);
  EXPECT_NE(first, second);
  EXPECT_NE(first, epoch_of(Sampler(103, {.batch_size = 10, .seed = 8})));
  EXPECT_EQ(first, epoch_of(Sampler(103, {.batch_size = 25, .seed = 7})));  // for any batch size
  for (Indices order : {first, second}) {
    EXPECT_NE(order, counting(103));
    std::sort(order.begin(), order.end());
    EXPECT_EQ(order, counting(103));
  }
}

// Each of five items takes each position about equally often.
TEST(Sampler, PermutationsAreFair) {
  int count[5][5] = {};
  for (uint64_t stream = 0; stream < 5000; ++stream) {
    const Indices order = permutation(5, {1, stream});
    for (int place = 0; place < 5; ++place) ++count[order[place]][place];
  }
  for (const auto& row : count)
    for (const int n : row) EXPECT_NEAR(n, 1000, 150);
}

TEST(Sampler, KeepsTheFilesOrderWithoutShuffling) {
  Sampler sampler(7, {.batch_size = 3, .shuffle = false});
  EXPECT_EQ(epoch_of(sampler), counting(7));
  sampler.next_epoch();
  EXPECT_EQ(epoch_of(sampler), counting(7));
}

TEST(Sampler, DropsAnIncompleteLastBatch) {
  const Sampler sampler(7, {.batch_size = 3, .drop_last = true});
  EXPECT_EQ(sampler.batches(), 2);
  EXPECT_EQ(sampler.pictures(), 6);
  EXPECT_EQ(Sampler(7, {.batch_size = 3}).pictures(), 7);
  EXPECT_EQ(test::usage_error([] { Sampler(2, {.batch_size = 3, .drop_last = true}); }),
            "[sampler] 2 pictures make no batch of 3: use a smaller batch_size or drop_last = false");
}

TEST(Sampler, ResumesFromARestoredState) {
  Sampler sampler(20, {.batch_size = 4, .seed = 3});
  sampler.next_epoch();
  sampler.next_epoch();
  sampler.advance_to(2);
  Sampler other(20, {.batch_size = 4, .seed = 3});
  other.restore(sampler.state());
  EXPECT_EQ(other.state(), sampler.state());
  EXPECT_EQ(other.epoch(), 2);
  EXPECT_EQ(other.position(), 2);
  EXPECT_EQ(epoch_of(other), epoch_of(sampler));
  other.advance_to(5);
  EXPECT_TRUE(other.epoch_done());
}

TEST(Sampler, RejectsInvalidArguments) {
  Sampler sampler(20, {.batch_size = 4});
  EXPECT_EQ(test::data_error([&] {
              sampler.restore({3, 6});
            }),
            "[sampler] cannot resume at batch 6 of epoch 3: an epoch has 5 batches; the data or batch_size changed");
  EXPECT_EQ(test::usage_error([&] { sampler.batch(5); }), "[sampler] there is no batch 5, an epoch has 5");
  EXPECT_EQ(test::usage_error([&] { sampler.advance_to(6); }), "[sampler] cannot advance from batch 0 to 6 of 5");
  EXPECT_EQ(test::usage_error([] { Sampler(0, {}); }), "[sampler] there are no pictures");
  EXPECT_EQ(test::usage_error([] { Sampler(1, {.batch_size = 0}); }), "[sampler] batch_size must be at least 1, got 0");
}

}  // namespace
}  // namespace tagloom

// Tests batches of pictures from several threads: size, order, capacity, failures and shutdown.
#include "tools/serve/batcher.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <new>
#include <stdexcept>
#include <thread>

#include "kernels/base/memory.h"

namespace tagloom {
namespace {

using namespace std::chrono_literals;

using Batches = std::vector<std::vector<int>>;

// A picture of one byte.
WaitingPicture picture(int value, std::function<void(TagOutcome, std::vector<ScoredTag>)> done) {
  return {.pixels = {static_cast<uint8_t>(value)}, .rule = {}, .done = std::move(done)};
}

// Gives each picture one tag whose score is its byte, and records the batches.
Batcher::Tag recording(Batches& batches) {
  return [&batches](std::span<const WaitingPicture> pictures) {
    std::vector<int> values;
    std::vector<std::vector<ScoredTag>> tags;
    for (const WaitingPicture& one : pictures) {
      values.push_back(one.pixels[0]);
      tags.push_back({{"tag", static_cast<float>(one.pixels[0])}});
    }
    batches.push_back(values);
    return tags;
  };
}

// Submits pictures 0 to count - 1 and returns the scores of their tags, or -1.
std::vector<std::future<float>> submit(Batcher& batcher, int count) {
  std::vector<std::future<float>> values;
  for (int i = 0; i < count; ++i) {
    const auto promise = std::make_shared<std::promise<float>>();
    values.push_back(promise->get_future());
    EXPECT_TRUE(batcher.reserve(1));
    batcher.submit(picture(i, [promise](TagOutcome outcome, const std::vector<ScoredTag>& tags) {
      promise->set_value(outcome == TagOutcome::kTagged ? tags[0].score : -1);
    }));
  }
  return values;
}

TEST(Batcher, FillsBatchesInOrderOfArrival) {
  Batcher batcher({.batch = 4, .wait = 0ms});
  auto values = submit(batcher, 10);
  batcher.close();
  Batches batches;
  batcher.run(recording(batches));
  EXPECT_EQ(batches, (Batches{{0, 1, 2, 3}, {4, 5, 6, 7}, {8, 9}}));
  for (int i = 0; i < 10; ++i) EXPECT_EQ(values[i].get(), i);
}

TEST(Batcher, WaitsForReservedPictures) {
  Batcher batcher({.batch = 4, .wait = 1h});
  Batches batches;
  std::jthread model([&] { batcher.run(recording(batches)); });
  ASSERT_TRUE(batcher.reserve(2));
  std::promise<void> first, second;
  batcher.submit(picture(1, [&](TagOutcome, const auto&) { first.set_value(); }));
  EXPECT_EQ(first.get_future().wait_for(50ms), std::future_status::timeout);  // the second is being decoded
  batcher.submit(picture(2, [&](TagOutcome, const auto&) { second.set_value(); }));
  second.get_future().wait();
  batcher.close();
  model.join();
  EXPECT_EQ(batches, (Batches{{1, 2}}));
}

TEST(Batcher, DoesNotWaitForReleasedPictures) {
  Batcher batcher({.batch = 4, .wait = 1h});
  Batches batches;
  std::jthread model([&] { batcher.run(recording(batches)); });
  ASSERT_TRUE(batcher.reserve(2));
  std::promise<void> first;
  batcher.submit(picture(1, [&](TagOutcome, const auto&) { first.set_value(); }));
  batcher.release(1);
  first.get_future().wait();
  batcher.close();
  model.join();
  EXPECT_EQ(batches, (Batches{{1}}));
}

TEST(Batcher, WaitsNoLongerThanItsLimit) {
  Batcher batcher({.batch = 4, .wait = 1ms});
  Batches batches;
  std::jthread model([&] { batcher.run(recording(batches)); });
  ASSERT_TRUE(batcher.reserve(2));
  std::promise<void> first;
  batcher.submit(picture(1, [&](TagOutcome, const auto&) { first.set_value(); }));
  first.get_future().wait();  // although another picture is reserved
  batcher.close();
}

TEST(Batcher, LimitsReservedPictures) {
  Batcher batcher({.batch = 4, .wait = 0ms, .room = 5});
  EXPECT_FALSE(batcher.reserve(6));
  EXPECT_TRUE(batcher.reserve(3));
  EXPECT_FALSE(batcher.reserve(3));
  EXPECT_TRUE(batcher.reserve(2));
  batcher.release(2);
  EXPECT_EQ(batcher.reserved(), 3);
  batcher.release(3);
  auto values = submit(batcher, 5);
  EXPECT_FALSE(batcher.reserve(1));
  batcher.close();
  Batches batches;
  batcher.run(recording(batches));
  EXPECT_EQ(batcher.reserved(), 0);
}

TEST(Batcher, FallsBackToOneByOneWhenOutOfMemory) {
  Batcher batcher({.batch = 4, .wait = 0ms});
  auto values = submit(batcher, 4);
  batcher.close();
  Batches batches;
  const auto tag = recording(batches);
  batcher.run([&](std::span<const WaitingPicture> pictures) {
    if (pictures.size() > 1) throw OutOfMemory(1, "no memory");
    if (pictures[0].pixels[0] == 2) throw std::bad_alloc();
    return tag(pictures);
  });
  EXPECT_EQ(batches, (Batches{{0}, {1}, {3}}));
  EXPECT_EQ(values[1].get(), 1);
  EXPECT_EQ(values[2].get(), -1);
}

// A client that sends its next picture when it receives a reply must find room for it.
TEST(Batcher, MakesRoomBeforePicturesAreDone) {
  Batcher batcher({.batch = 4, .wait = 0ms, .room = 3});
  std::vector<int64_t> reserved;
  int tagged = 0;
  const auto next = [&](TagOutcome, const auto&) { reserved.push_back(batcher.reserved()); };
  const auto first = [&](TagOutcome, const auto&) {
    reserved.push_back(batcher.reserved());
    if (++tagged < 3) return;
    EXPECT_TRUE(batcher.reserve(3));
    for (int i = 0; i < 3; ++i) batcher.submit(picture(i, next));
  };
  ASSERT_TRUE(batcher.reserve(3));
  for (int i = 0; i < 3; ++i) batcher.submit(picture(i, first));
  batcher.close();
  Batches batches;
  batcher.run(recording(batches));
  EXPECT_EQ(reserved, (std::vector<int64_t>{2, 1, 0, 2, 1, 0}));
}

// Whatever is thrown, and wherever, each picture is done once.
TEST(Batcher, FinishesEachPictureOnceAfterAnError) {
  for (const int broken : {0, 2, 3}) {
    Batcher batcher({.batch = 4, .wait = 0ms});
    std::vector<std::vector<TagOutcome>> outcomes(6);
    for (int i = 0; i < 6; ++i) {
      ASSERT_TRUE(batcher.reserve(1));
      batcher.submit(picture(i, [&outcomes, i](TagOutcome outcome, const auto&) { outcomes[i].push_back(outcome); }));
    }
    Batches batches;
    const auto tag = recording(batches);
    EXPECT_THROW(batcher.run([&](std::span<const WaitingPicture> pictures) {
      if (pictures.size() > 1) throw OutOfMemory(1, "no memory");
      if (pictures[0].pixels[0] == broken) throw std::runtime_error("broken");
      return tag(pictures);
    }),
                 std::runtime_error);
    for (int i = 0; i < 6; ++i) {
      EXPECT_EQ(outcomes[i], std::vector{i < broken ? TagOutcome::kTagged : TagOutcome::kFailed}) << broken << ' ' << i;
    }
    EXPECT_EQ(batcher.reserved(), 0);
  }
  Batcher batcher({.batch = 4, .wait = 0ms});
  auto values = submit(batcher, 5);
  batcher.on_batch = [](int64_t) { throw std::bad_alloc(); };
  Batches batches;
  EXPECT_THROW(batcher.run(recording(batches)), std::bad_alloc);
  for (auto& value : values) EXPECT_EQ(value.get(), -1);
}

TEST(Batcher, FailsWaitingPicturesWhenTheModelFails) {
  Batcher batcher({.batch = 2, .wait = 0ms});
  auto values = submit(batcher, 5);
  EXPECT_THROW(batcher.run([](auto) -> std::vector<std::vector<ScoredTag>> { throw std::runtime_error("broken"); }),
               std::runtime_error);
  auto late = submit(batcher, 1);
  for (auto& value : values) EXPECT_EQ(value.get(), -1);
  EXPECT_EQ(late[0].get(), -1);
  EXPECT_EQ(batcher.reserved(), 0);
}

TEST(Batcher, ServesManyThreads) {
  Batcher batcher({.batch = 8, .wait = 1ms, .room = 1000});
  Batches batches;
  std::jthread model([&] { batcher.run(recording(batches)); });
  std::atomic<int> right{0};
  {
    std::vector<std::jthread> clients;
    for (int client = 0; client < 8; ++client) {
      clients.emplace_back([&] {
        for (int round = 0; round < 50; ++round) {
          for (auto& value : submit(batcher, 3)) value.wait();
          if (batcher.reserve(1)) batcher.release(1);
          ++right;
        }
      });
    }
  }
  batcher.close();
  model.join();
  size_t pictures = 0;
  for (const auto& batch : batches) {
    EXPECT_LE(batch.size(), 8u);
    pictures += batch.size();
  }
  EXPECT_EQ(pictures, 8u * 50 * 3);
  EXPECT_EQ(right, 400);
  EXPECT_EQ(batcher.reserved(), 0);
}

}  // namespace
}  // namespace tagloom

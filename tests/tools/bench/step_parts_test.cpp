// On a GPU or the emulated one, a timed training step is recorded, and its replay gives the right results.
#include "tools/bench/step_parts.h"

#include <gtest/gtest.h>

#include "models/taggers/multi_order.h"
#include "models/taggers/ordered_rnn.h"
#include "tests/support/gpu_test.h"

namespace tagloom {
namespace {

constexpr int64_t kPictures = 4, kFeatures = 16, kTags = 6;

using StepPartsCuda = test::GpuTest;

template <class Head, class Options>
Verdict verdict_of(const Options& options) {
  const auto make = [&](Device device) {
    const auto head = std::make_shared<Head>(options);
    head->reset({7, 0});
    const auto batch = std::make_shared<Batch>();
    batch->features = Tensor::from(test::uniform_array(kPictures * kFeatures, 10), {kPictures, kFeatures}, device);
    add_tags(kPictures, kTags, 3, device, *batch);
    return training_step<Head>(head, head_training_on<Head>(batch), device);
  };
  return verified_step(make, 1e-3, Device::cuda(0)).verdict;
}

TEST_F(StepPartsCuda, TrainingStepsAreRecorded) {
  const Verdict multi_order =
      verdict_of<MultiOrder>(MultiOrderOptions{.features = kFeatures, .tags = kTags, .hidden = 8, .embedding = 4, .steps = 3});
  EXPECT_EQ(multi_order.how + multi_order.wrong, "CPU twin, recorded");
  OrderedRnnOptions rank =
      rank_model({.features = kFeatures, .tags = numbered_tags(kTags), .hidden = 8, .embedding = 4, .image_embedding = 4});
  rank.dropout = 0;
  const Verdict ranked = verdict_of<OrderedRnn>(rank);
  EXPECT_EQ(ranked.how + ranked.wrong, "CPU twin, recorded");
  rank.feedback = Feedback::kOwn;  // the host reads results within the step, which prevents recording
  rank.end = true;
  const Verdict own = verdict_of<OrderedRnn>(rank);
  EXPECT_EQ(own.how + own.wrong, "CPU twin");
}

}  // namespace
}  // namespace tagloom

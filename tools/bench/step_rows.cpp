// The rows of training steps: the heads, and the small CNN with its head.
#include "models/taggers/multi_order_tagger.h"
#include "models/taggers/ordered_rnn.h"
#include "tools/bench/step_parts.h"

namespace tagloom {
namespace {

constexpr int64_t kFeatures = 2048;  // of ResNet-50
constexpr double kTolerance = 1e-3;

BenchRow multi_order_row(int64_t n, int64_t tags) {
  const MultiOrderOptions options{.features = kFeatures, .tags = tags};
  BenchRow row;
  row.name = format("multi_order_step[n={} v={} steps={} hidden={}]", n, tags, options.steps, options.hidden);
  row.pictures = n;
  const int64_t d = options.hidden;
  row.flops = 6.0 * static_cast<double>(
                        n * (kFeatures * tags + 2 * tags * d + options.steps * (4 * d * (options.embedding + d) + d * tags)));
  const auto make = [=](Device device) {
    const auto head = std::make_shared<MultiOrder>(options);
    head->reset({7, 0});
    const auto batch = std::make_shared<Batch>();
    batch->features = Tensor::from(test::uniform_array(n * kFeatures, 10), {n, kFeatures}, device);
    add_tags(n, tags, 5, device, *batch);
    return training_step<MultiOrder>(head, head_training_on<MultiOrder>(batch), device);
  };
  row.make = [=](Device device, const Checks& checks) { return verified_step(make, kTolerance, device, checks); };
  return row;
}

BenchRow rank_row(int64_t n, int64_t tags) {
  const OrderedRnnOptions options =
      rank_model({.features = kFeatures, .tags = numbered_tags(tags), .hidden = 300, .dropout = 0.5});
  constexpr int64_t kSteps = 5;
  BenchRow row;
  row.name = format("rank_step[n={} v={} steps={} hidden={}]", n, tags, kSteps, options.hidden);
  row.pictures = n;
  const int64_t d = options.hidden;
  row.flops = 6.0 * static_cast<double>(n * (kFeatures * options.image_embedding + 4 * d * options.image_embedding +
                                             kSteps * (4 * d * d + d * tags)));
  const auto make = [=](Device device) {
    const auto head = std::make_shared<OrderedRnn>(options);
    head->reset({7, 0});
    const auto batch = std::make_shared<Batch>();
    batch->features = Tensor::from(test::uniform_array(n * kFeatures, 10), {n, kFeatures}, device);
    add_tags(n, tags, kSteps, device, *batch);
    return training_step<OrderedRnn>(head, head_training_on<OrderedRnn>(batch), device);
  };
  row.make = [=](Device device, const Checks& checks) { return verified_step(make, kTolerance, device, checks); };
  return row;
}

// Trains the small CNN with the multi-order head at the sizes of the built-in scenes.
BenchRow scenes_row(int64_t n) {
  constexpr int64_t kTags = 28, kSize = 64;
  BenchRow row;
  row.name = format("scenes_step[n={} v={} size={}]", n, kTags, kSize);
  row.pictures = n;
  const auto make = [=](Device device) {
    std::vector<std::string> names;
    for (int64_t tag = 0; tag < kTags; ++tag) names.push_back(format("tag{}", tag));
    const auto tagger = std::make_shared<MultiOrderTagger>(
        MultiOrderTaggerOptions{.backbone = {.name = "small", .freeze = false}, .head = {.hidden = 256, .embedding = 128}},
        Vocabulary(names));
    const auto batch = std::make_shared<Batch>();
    batch->images = random_pictures(n, kSize, device);
    add_tags(n, kTags, 5, device, *batch);
    return training_step<MultiOrderTagger>(tagger, training_on<MultiOrderTagger>(batch), device);
  };
  row.make = [=](Device device, const Checks& checks) { return verified_step(make, kTolerance, device, checks); };
  return row;
}

}  // namespace

std::vector<BenchRow> step_rows() {
  std::vector<BenchRow> rows;
  for (const int64_t n : {32, 256}) {
    rows.push_back(multi_order_row(n, 291));
    rows.push_back(rank_row(n, 291));
  }
  rows.push_back(scenes_row(32));
  return rows;
}

}  // namespace tagloom

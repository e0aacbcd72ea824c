// Compares the order-free LSTMs with PyTorch (loss, every gradient, decoding), and tests properties without golden files.
#include "models/taggers/order_free.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "engine/optim/optimizer.h"
#include "tests/models/taggers/tagger_golden.h"
#include "tests/support/thrown_message.h"
#include "tools/bench/cases/random_array.h"

namespace tagloom {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kN = 3, kPlaces = 5, kChannels = 4, kTags = 6;

struct Golden : test::TaggerGolden {
  explicit Golden(const std::string& name) : TaggerGolden("order_free_" + name) {}
  Tensor features() const { return tensor("in.features", kN); }
};

OrderFreeOptions small_options(const std::string& name) {
  return {.channels = kChannels,
          .tags = kTags,
          .hidden = 8,
          .embedding = 5,
          .image_embedding = 6,
          .attention = 3,
          .alignment = name == "mla"   ? Alignment::kMla
                       : name == "pla" ? Alignment::kPla
                                       : Alignment::kNone,
          .gate = name == "pool_all" ? kernels::StepGate::kAll : kernels::StepGate::kLabelCount,
          .feature_norm = name == "pool_all" || name == "pla",
          .reduction = name == "mla" || name == "pla" ? LossReduction::kMeanTokens : LossReduction::kSumLabelsMeanBatch,
          .decode = {.steps = 4}};
}

Batch batch_of(std::vector<std::vector<int32_t>> tags) {
  Batch batch;
  const auto n = static_cast<int64_t>(tags.size());
  std::vector<uint8_t> labels(n * kTags, 0);
  for (int64_t i = 0; i < n; ++i) {
    for (int32_t tag : tags[i]) labels[i * kTags + tag] = 1;
  }
  batch.labels = Tensor::from(labels, {n, kTags});
  batch.tags = std::move(tags);
  return batch;
}

Batch golden_batch(const Golden& golden) {
  std::vector<std::vector<int32_t>> tags(kN);
  const std::vector<int32_t> all = golden.integers("in.tags");
  for (size_t i = 0; i < all.size(); ++i) {
    if (all[i] >= 0) tags[i * kN / all.size()].push_back(all[i]);
  }
  return batch_of(tags);
}

class OrderFreeGolden : public testing::TestWithParam<const char*> {};

TEST_P(OrderFreeGolden, LossAndGradientsMatchPyTorch) {
  const Golden golden(GetParam());
  OrderFree head(small_options(GetParam()));
  golden.load(head);
  Tape tape;
  const Var features = tape.constant(golden.features());
  const Var loss = head.loss(features, golden_batch(golden));
  EXPECT_NEAR(loss.value().item(), golden.floats("loss")[0], 2e-5);
  tape.backward(loss);
  golden.expect_gradients(head, 2e-4);
}

TEST_P(OrderFreeGolden, DecodingMatchesPyTorch) {
  const Golden golden(GetParam());
  OrderFree head(small_options(GetParam()));
  golden.load(head);
  Tape tape(Tape::kForwardOnly);
  const Predictions p = head.predict(tape.constant(golden.features()));
  const std::vector<int32_t> ranking = golden.integers("decode.ranking"), named = golden.integers("decode.named");
  const std::vector<float> first = golden.floats("decode.first");
  for (int64_t i = 0; i < kN; ++i) {
    EXPECT_EQ(p.ranking[i], std::vector<int32_t>(ranking.begin() + i * kTags, ranking.begin() + (i + 1) * kTags));
    int32_t above = 0;
    for (int64_t tag = 0; tag < kTags; ++tag) {
      above += p.scores[i * kTags + tag] > 1;
      EXPECT_NEAR(p.first_step_scores[i * kTags + tag], first[i * kTags + tag], 1e-5);
    }
    EXPECT_EQ(above, named[i]);
  }
}

INSTANTIATE_TEST_SUITE_P(Systems, OrderFreeGolden, testing::Values("pool_label_count", "pool_all", "mla", "pla"),
                         [](const auto& info) { return std::string(info.param); });

TEST(OrderFree, BatchMatchesSinglePictures) {
  for (const char* name : {"pool_label_count", "pla"}) {
    const Golden golden(name);
    OrderFreeOptions options = small_options(name);
    options.decode.method = DecodeMethod::kBeam;
    options.decode.beam_width = 3;
    OrderFree head(options);
    golden.load(head);
    Tape tape(Tape::kForwardOnly);
    const Tensor features = golden.features();
    const Predictions all = head.predict(tape.constant(features));
    for (int64_t i = 0; i < kN; ++i) {
      const Predictions one = head.predict(tape.constant(features.rows(i, i + 1)));
      EXPECT_EQ(one.ranking[0], all.ranking[i]) << name;
      for (int64_t tag = 0; tag < kTags; ++tag) EXPECT_NEAR(one.scores[tag], all.scores[i * kTags + tag], 1e-5) << name;
    }
  }
}

TEST(OrderFree, IsIndependentOfTheOrderOfTags) {
  for (const char* name : {"pool_label_count", "mla", "pla"}) {
    const Golden golden(name);
    OrderFree head(small_options(name));
    golden.load(head);
    Tape tape(Tape::kForwardOnly);
    const Var features = tape.constant(golden.features());
    const Real one = head.loss(features, batch_of({{5, 0, 2}, {4}, {1, 3}})).value().item();
    const Real other = head.loss(features, batch_of({{2, 5, 0}, {4}, {3, 1}})).value().item();
    EXPECT_NEAR(one, other, 1e-6) << name;
  }
}

// A picture with one tag per place: channel c of place p is high if tag c is there.
TEST(OrderFree, LearnsTagsFromPlacesOfABf16Map) {
  for (const Alignment alignment : {Alignment::kNone, Alignment::kMla, Alignment::kPla}) {
    OrderFreeOptions options{.channels = kTags,
                             .tags = kTags,
                             .hidden = 24,
                             .embedding = 8,
                             .image_embedding = 16,
                             .attention = 12,
                             .alignment = alignment,
                             .gate = kernels::StepGate::kLabelCount,
                             .reduction = LossReduction::kSumLabelsMeanBatch,
                             .decode = {.steps = 4}};
    OrderFree head(options);
    head.reset({7, 1});
    std::vector<std::vector<int32_t>> tags;
    std::vector<Real> maps;
    for (uint64_t i = 0; i < 32; ++i) {
      const int32_t a = random_below({1, 1}, i, kTags), b = (a + 1 + random_below({1, 2}, i, kTags - 1)) % kTags;
      tags.push_back({a, b});
      std::vector<Real> map(kPlaces * kTags, 0);
      const int64_t place = random_below({1, 3}, i, kPlaces);
      map[place * kTags + a] = 2;
      map[(place + 1) % kPlaces * kTags + b] = 2;
      maps.insert(maps.end(), map.begin(), map.end());
    }
    const Tensor features = Tensor::from(maps, {32, kPlaces * kTags});
    const Batch batch = batch_of(tags);
    Adam optimizer({{.name = "head", .parameters = head.named_parameters(), .learning_rate = 0.01}}, AdamOptions{});
    for (int step = 0; step < 150; ++step) {
      Tape tape;
      tape.set_mixed_precision(true);
      optimizer.zero_grad();
      tape.backward(head.loss(tape.constant(features), batch));
      optimizer.step();
    }
    Tape tape(Tape::kForwardOnly);
    tape.set_mixed_precision(true);
    const Predictions p = head.predict(tape.constant(features));
    int right = 0;
    for (int i = 0; i < 32; ++i) {
      for (int k = 0; k < 2; ++k) right += std::count(tags[i].begin(), tags[i].end(), p.ranking[i][k]);
    }
    EXPECT_GE(right, 62) << "alignment " << static_cast<int>(alignment);
  }
}

TEST(OrderFree, Bf16ProductsAreCloseToFp32) {
  Linear layer(40, 6);
  layer.reset({3, 1});
  const Tensor features = Tensor::from(test::normal_array(5 * 40, 5), {5, 40});
  std::vector<std::vector<Real>> values, gradients, input_gradients;
  for (const bool bf16 : {false, true}) {
    Tape tape;
    layer.weight.ensure_grad();
    layer.weight.grad.zero();
    tape.set_mixed_precision(bf16);
    const Var x = tape.variable(features), y = layer(x);
    tape.set_mixed_precision(false);
    values.push_back(y.value().to_vector());
    const Var weights = tape.constant(Tensor::from(test::normal_array(30, 9), {1, 30}));
    tape.backward(reshape(linear(reshape(y, {1, 30}), weights, {}), {1}));
    gradients.push_back(layer.weight.grad.to_vector());
    input_gradients.push_back(tape.grad(x).to_vector());
  }
  const auto distance = [](const std::vector<std::vector<Real>>& pair) {  // relative, in the Euclidean norm
    double difference = 0, length = 0;
    for (size_t i = 0; i < pair[0].size(); ++i) {
      difference += std::pow(pair[0][i] - pair[1][i], 2);
      length += std::pow(pair[0][i], 2);
    }
    return std::sqrt(difference / length);
  };
  for (const auto& pair : {values, gradients, input_gradients}) {
    EXPECT_GT(distance(pair), 1e-5);  // rounding has an effect
    EXPECT_LT(distance(pair), 0.005);
  }
}

TEST(OrderFree, RejectsFeaturesThatAreNotAMap) {
  OrderFree head(small_options("mla"));
  Tape tape(Tape::kForwardOnly);
  const std::string message = test::usage_error([&] { head.predict(tape.constant(Tensor::zeros({2, kChannels + 1}))); });
  EXPECT_THAT(message, HasSubstr("not a map of 4 channels: set backbone.layer = \"conv5_map\""));
}

}  // namespace
}  // namespace tagloom

// A backbone trained in bfloat16 reads the optimizer's bfloat16 copies, and ends with the same bits as one that rounds its
// weights in each step.
#include <gtest/gtest.h>

#include <tuple>

#include "engine/train/checkpoint.h"
#include "models/build.h"
#include "tests/support/temporary_folder.h"
#include "tools/bench/cases/random_array.h"

namespace tagloom {
namespace {

constexpr int64_t kTags = 4, kPictures = 2, kSide = 32;

Settings bf16_settings(const std::string& backbone) {
  Settings settings;
  settings.backbone.name = backbone;
  settings.backbone.layer = BackboneLayer::kConv5;
  settings.backbone.freeze = false;
  settings.backbone.precision = Precision::kBf16;
  settings.model.kind = "classifier";
  settings.optim.head.learning_rate = settings.optim.backbone.learning_rate = 0.01;
  settings.optim.average.kind = Averaging::kEma;
  return settings;
}

Batch some_batch() {
  std::vector<uint8_t> pixels(kPictures * kSide * kSide * 3), labels(kPictures * kTags, 0);
  for (size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<uint8_t>(255 * random_uniform({5, 1}, i));
  Batch batch;
  batch.images = Tensor::from(pixels, {kPictures, kSide, kSide, 3});
  for (int64_t i = 0; i < kPictures; ++i) {
    const auto tag = static_cast<int32_t>(i % kTags);
    batch.index.push_back(i);
    batch.tags.push_back({tag});
    labels[i * kTags + tag] = 1;
  }
  batch.labels = Tensor::from(labels, {kPictures, kTags});
  return batch;
}

// A model in training.
struct Training {
  Settings settings;
  std::unique_ptr<CnnTagger> model;
  std::unique_ptr<Optimizer> optimizer;
  std::unique_ptr<WeightAverage> average;
  Schedule schedule{ScheduleOptions{}};
  Batch batch = some_batch();

  Training(const Settings& given, bool with_copies = true) : settings(given) {
    model = build_tagger(settings, numbered_tags(kTags), Device::cpu());
    if (!with_copies) {  // the optimizer then keeps no copies
      settings.backbone.precision = Precision::kFp32;
      settings.model.tagger.mixed_precision = false;
    }
    optimizer = build_optimizer(settings, *model);
    average = build_average(settings, *model, 1);
  }
  void steps(int64_t first, int64_t end) {
    for (int64_t i = first; i < end; ++i) {
      model->begin_step(i);
      Tape tape(Tape::kRecord, 1, static_cast<uint64_t>(i));
      const Var loss = model->loss(tape, batch);
      optimizer->zero_grad();
      tape.backward(loss);
      optimizer->step(1, i);
      average->update(i + 1);
    }
  }
  std::vector<std::vector<Real>> values() const {
    std::vector<std::vector<Real>> all;
    for (const NamedParameter& p : model->named_parameters()) all.push_back(p.parameter->value.to_vector());
    return all;
  }
  void expect_copies(const std::string& when) const {
    for (const NamedParameter& p : model->named_parameters()) {
      const bool in_bf16 = p.name.starts_with("cnn.") ? model->trains_backbone() : settings.model.tagger.mixed_precision;
      ASSERT_EQ(p.parameter->rounded.defined(), in_bf16) << p.name;
      if (!p.parameter->rounded.defined()) continue;
      const std::vector<Real> values = p.parameter->value.to_vector();
      const std::vector<Bf16> copy = p.parameter->rounded.to_vector<Bf16>();
      for (size_t i = 0; i < values.size(); ++i) {
        ASSERT_EQ(copy[i].bits, Bf16(values[i]).bits) << when << ": " << p.name << " " << i;
      }
    }
  }
  std::vector<Real> features() {
    Tape tape(Tape::kForwardOnly);
    return model->features(tape, batch).value().to_vector();
  }
};

// With batch norm after the convolutions, and with bias and ReLU in them; trained from the first step, and from the third.
TEST(RoundedParameters, MatchRoundingInEachStep) {
  for (const auto& [backbone, finetune_after, steps] : {std::tuple{"small", 0, 4}, {"small", 2, 4}, {"vgg11", 0, 2}}) {
    Settings settings = bf16_settings(backbone);
    settings.backbone.finetune_after = finetune_after;
    Training with(settings), without(settings, false);
    const auto start = with.values();
    with.steps(0, steps);
    without.steps(0, steps);
    EXPECT_FALSE(without.model->cnn().parameters().front()->rounded.defined());
    with.expect_copies(backbone);
    EXPECT_EQ(with.values(), without.values()) << backbone << " after " << finetune_after;
    EXPECT_NE(with.values().front(), start.front());  // the first filter was trained
  }
}

TEST(RoundedParameters, MatchRoundingInMixedPrecisionHeads) {
  Settings settings = bf16_settings("small");
  settings.backbone.freeze = true;
  settings.model.kind = "multi_order";
  settings.model.tagger.mixed_precision = true;
  Training with(settings), without(settings, false);
  const std::vector<Real> start = with.model->head().parameters().front()->value.to_vector();
  with.steps(0, 3);
  without.steps(0, 3);
  with.expect_copies("multi_order");
  EXPECT_FALSE(without.model->head().parameters().front()->rounded.defined());
  EXPECT_EQ(with.values(), without.values());
  EXPECT_NE(with.model->head().parameters().front()->value.to_vector(), start);

  settings.model.tagger.mixed_precision = false;
  Training full(settings);
  full.steps(0, 3);
  EXPECT_NE(full.values(), with.values());  // rounding has an effect
}

TEST(RoundedParameters, FollowEveryWriteToTheWeights) {
  test::TemporaryFolder folder;
  const std::string path = folder / "last.safetensors";
  const CheckpointIdentity identity{"tags", "test"};
  Training run(bf16_settings("small"));
  run.expect_copies("at first");
  run.steps(0, 3);
  run.expect_copies("trained");
  save_checkpoint(*run.model, *run.optimizer, run.schedule, {}, identity, path, run.average.get());
  const auto trained = run.values();
  const std::vector<Real> own = run.features();
  std::vector<Real> averaged;
  {
    const AveragesInPlace in_place(run.average.get());
    EXPECT_NE(run.values(), trained);
    run.expect_copies("averages in place");
    averaged = run.features();
  }
  run.expect_copies("swapped back");
  EXPECT_NE(averaged, own);
  EXPECT_EQ(run.features(), own);
  run.steps(3, 5);

  Settings other = run.settings;
  other.train.seed = 8;
  Training resumed(other);
  load_checkpoint(*resumed.model, *resumed.optimizer, resumed.schedule, identity, path, resumed.average.get());
  resumed.expect_copies("resumed");
  EXPECT_EQ(resumed.features(), own);
  resumed.steps(3, 5);
  EXPECT_EQ(resumed.values(), run.values());
  resumed.model->reset({3, 4});
  resumed.expect_copies("drawn again");
}

// The copies are what convolutions multiply; otherwise the tests above would show little.
TEST(RoundedParameters, ConvolutionsReadTheCopies) {
  Training run(bf16_settings("small"));
  run.model->begin_step(0);
  const std::vector<Real> before = run.features();
  for (const NamedParameter& p : run.model->cnn().named_parameters()) {
    if (p.name == "conv4.weight") p.parameter->rounded.zero();
  }
  EXPECT_NE(run.features(), before);
}

}  // namespace
}  // namespace tagloom

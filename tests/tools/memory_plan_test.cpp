// The memory plan of a training, against the sizes of the small CNN's maps.
#include "tools/training/memory_plan.h"

#include <gtest/gtest.h>

#include "models/build.h"

#include "tests/support/expect_error.h"

namespace tagloom {
namespace {

Settings small_settings() {
  Settings settings;
  settings.backbone.name = "small";
  settings.backbone.layer = BackboneLayer::kConv5;
  settings.backbone.freeze = false;
  settings.model.as<MultiOrderOptions>().state = InitialState::kFeatures;
  settings.model.as<MultiOrderOptions>().feature_norm = true;
  settings.model.as<MultiOrderOptions>().hidden = 8;
  settings.model.as<MultiOrderOptions>().embedding = 4;
  settings.data.transform.size = 32;
  settings.train.batch_size = 8;
  return settings;
}

TrainingData pictures(int count) {
  std::vector<std::string> paths;
  for (int i = 0; i < count; ++i) paths.push_back(std::to_string(i));
  return {Dataset::of_pictures(paths, Vocabulary({"sea", "sky"})), {}, {}};
}

std::vector<std::vector<Real>> values_of(const CnnTagger& tagger) {
  std::vector<std::vector<Real>> values;
  for (const NamedParameter& p : tagger.named_parameters()) values.push_back(p.parameter->value.to_vector());
  for (const NamedBuffer& b : tagger.named_buffers()) values.push_back(b.tensor->to_vector());
  return values;
}

TEST(MemoryPlan, LeavesTheModelUnchanged) {
  for (const bool freeze : {false, true}) {
    Settings settings = small_settings();
    settings.backbone.freeze = freeze;
    settings.backbone.finetune_after = freeze ? 3 : -1;
    const auto tagger = build_tagger(settings, numbered_tags(2), Device::cpu());
    const auto before = values_of(*tagger);
    measure_memory(settings, pictures(20), *tagger, Device::cpu());
    EXPECT_EQ(values_of(*tagger), before);
    EXPECT_EQ(tagger->cnn().parameters().front()->trainable, !freeze);
  }
}

TEST(MemoryPlan, MatchesTheExpectedSizes) {
  const Settings settings = small_settings();
  const auto tagger = build_tagger(settings, numbered_tags(2), Device::cpu());
  measure_memory(settings, pictures(5), *tagger, Device::cpu());  // oneDNN's scratch memory grows here, not below
  const MemoryPlan plan = measure_memory(settings, pictures(5), *tagger, Device::cpu());
  EXPECT_EQ(plan.batch_size, 5);  // limited by the number of pictures
  EXPECT_GE(plan.weights, tagger->parameter_count() * 4);
  EXPECT_EQ(plan.features, 0);
  // For each convolution of the small CNN its map, the output of batch norm with ReLU, and a byte for every four values; for each pooling
  // one map; and a gradient for each map.
  const int64_t convolutions = 16 * 16 * (32 + 48) + 8 * 8 * 96 + 4 * 4 * 128, poolings = 8 * 8 * 48 + 4 * 4 * 96;
  const int64_t maps = 4 * (4 * convolutions + 2 * poolings) + convolutions / 4;
  EXPECT_GE(plan.per_picture, maps);
  EXPECT_LT(plan.per_picture, maps * 11 / 10);
  ASSERT_TRUE(plan.free);
  EXPECT_TRUE(plan.fits());

  Settings frozen = settings;  // keeps features instead of maps
  frozen.backbone.freeze = true;
  const auto reader = build_tagger(frozen, numbered_tags(2), Device::cpu());
  const MemoryPlan small = measure_memory(frozen, pictures(5), *reader, Device::cpu());
  EXPECT_EQ(small.features, 5 * reader->cnn().feature_count() * 4);
  EXPECT_LT(small.per_picture, maps / 20);
  EXPECT_LT(small.optimizer, plan.optimizer);
}

TEST(MemoryPlan, ComputesTheLargestBatch) {
  MemoryPlan plan{.optimizer = 100, .features = 20, .checkpoint = 7, .fixed = 3, .per_picture = 10, .batch_size = 4, .free = 175};
  EXPECT_EQ(plan.needed(), 170);
  EXPECT_TRUE(plan.fits());
  EXPECT_EQ(plan.largest_batch(), 4);
  plan.batch_size = 5;
  EXPECT_FALSE(plan.fits());
  EXPECT_ERROR(kDevice,
               "a batch of 5 pictures does not fit into the memory of the CPU: it needs 180 B (10 B per picture) and 175 B "
               "are free; lower train.batch_size to 4 or less, or data.size",
               check_memory(plan, Device::cpu()));
  plan.free = 100;
  EXPECT_EQ(plan.largest_batch(), 0);
  EXPECT_ERROR(kDevice, "lower data.size or choose a smaller model", check_memory(plan, Device::cpu()));
  plan.free.reset();
  EXPECT_NO_THROW(check_memory(plan, Device::cpu()));
}

}  // namespace
}  // namespace tagloom

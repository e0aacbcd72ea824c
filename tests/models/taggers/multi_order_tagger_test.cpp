// Tests the multi-order model that programs construct directly.
#include "models/taggers/multi_order_tagger.h"

#include <gtest/gtest.h>

#include "models/build.h"
#include "tests/support/expect_error.h"

namespace tagloom {
namespace {

const Vocabulary kTags({"sea", "sky", "sun"});

TEST(MultiOrderTagger, EqualsTheModelBuiltFromSettings) {
  MultiOrderTagger tagger(
      {.backbone = {.name = "small", .freeze = false}, .head = {.hidden = 8, .embedding = 4, .steps = 2}, .seed = 3}, kTags);
  Settings settings;
  settings.backbone.name = "small";
  settings.backbone.freeze = false;
  settings.model.as<MultiOrderOptions>().hidden = 8;
  settings.model.as<MultiOrderOptions>().embedding = 4;
  settings.model.as<MultiOrderOptions>().steps = 2;
  settings.train.seed = 3;
  const auto built = build_tagger(settings, numbered_tags(3), Device::cpu());
  const std::vector<NamedParameter> a = tagger.named_parameters(), b = built->named_parameters();
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].name, b[i].name);
    EXPECT_TRUE(a[i].parameter->trainable) << a[i].name;
    EXPECT_EQ(a[i].parameter->value.to_vector(), b[i].parameter->value.to_vector()) << a[i].name;
  }
  const Batch pictures{.images = Tensor::from(std::vector<uint8_t>(2 * 16 * 16 * 3, 90), {2, 16, 16, 3})};
  EXPECT_EQ(tagger.predict(pictures).scores, built->predict(pictures).scores);
}

TEST(MultiOrderTagger, DoesNotTrainAFrozenBackbone) {
  MultiOrderTagger tagger({.backbone = {.name = "small"}, .head = {.hidden = 8, .embedding = 4}}, kTags);
  EXPECT_FALSE(tagger.trains_backbone());
  for (const NamedParameter& p : tagger.named_parameters())
    EXPECT_EQ(p.parameter->trainable, !p.name.starts_with("cnn.")) << p.name;
}

TEST(MultiOrderTagger, RejectsAnEmptyVocabularyAndUnknownBackbones) {
  EXPECT_ERROR(kUsage, "vocabulary is empty", MultiOrderTagger({.backbone = {.name = "small"}}, Vocabulary()));
  EXPECT_ERROR(kUsage, "resnet5", MultiOrderTagger({.backbone = {.name = "resnet5"}}, kTags));
}

}  // namespace
}  // namespace tagloom

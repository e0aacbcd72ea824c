// Builds taggers and optimizers from settings.
#include "models/build.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/expect_error.h"
#include "tools/bench/cases/random_array.h"

namespace tagloom {
namespace {

Settings small_settings() {
  Settings settings;
  settings.backbone.name = "small";
  settings.backbone.layer = BackboneLayer::kConv5;
  settings.backbone.freeze = false;
  settings.model.kind = "multi_order";
  settings.model.as<MultiOrderOptions>().state = InitialState::kFeatures;
  settings.model.as<MultiOrderOptions>().hidden = 8;
  settings.model.as<MultiOrderOptions>().embedding = 4;
  return settings;
}

std::vector<Real> values_of(CnnTagger& tagger, const std::string& name) {
  for (const NamedParameter& p : tagger.named_parameters()) {
    if (p.name == name) return p.parameter->value.to_vector();
  }
  ADD_FAILURE() << "there is no parameter " << name;
  return {};
}

TEST(Build, TheSameSeedGivesTheSameWeights) {
  Settings settings = small_settings();
  const auto a = build_tagger(settings, numbered_tags(6), Device::cpu()),
             b = build_tagger(settings, numbered_tags(6), Device::cpu());
  EXPECT_EQ(values_of(*a, "lstm.weight_hh"), values_of(*b, "lstm.weight_hh"));
  settings.train.seed = 2;
  EXPECT_NE(values_of(*a, "lstm.weight_hh"),
            values_of(*build_tagger(settings, numbered_tags(6), Device::cpu()), "lstm.weight_hh"));
}

TEST(Build, XavierBoundsMatricesAndZeroesAllBiasesExceptTheForgetGates) {
  Settings settings = small_settings();
  settings.model.initializer = Initializer::kXavier;
  settings.model.as<MultiOrderOptions>().forget_bias = 1;
  const auto tagger = build_tagger(settings, numbered_tags(6), Device::cpu());
  double largest = 0;
  for (Real w : values_of(*tagger, "output.weight")) largest = std::max(largest, std::abs(double{w}));
  EXPECT_LE(largest, std::sqrt(6.0 / (8 + 6)));
  EXPECT_GT(largest, 0.5 * std::sqrt(6.0 / (8 + 6)));
  const std::vector<Real> bias = values_of(*tagger, "lstm.bias_ih");
  for (int i = 0; i < 32; ++i) EXPECT_EQ(bias[i], i >= 8 && i < 16 ? 1 : 0) << i;
}

TEST(Build, OptimizerLeavesOutAFrozenBackbone) {
  Settings settings = small_settings();
  settings.backbone.freeze = true;
  const auto frozen = build_tagger(settings, numbered_tags(6), Device::cpu());
  EXPECT_EQ(build_optimizer(settings, *frozen)->steps_taken().size(), 1u);
  settings.backbone.freeze = false;
  const auto trained = build_tagger(settings, numbered_tags(6), Device::cpu());
  EXPECT_EQ(build_optimizer(settings, *trained)->steps_taken().size(), 2u);
}

TEST(Build, FinetuneAfterFreezesTheBackboneUntilThen) {
  Settings settings = small_settings();
  settings.backbone.finetune_after = 3;
  const auto tagger = build_tagger(settings, numbered_tags(6), Device::cpu());
  tagger->begin_step(2);
  EXPECT_FALSE(tagger->cnn().parameters().front()->trainable);
  tagger->begin_step(3);
  EXPECT_TRUE(tagger->cnn().parameters().front()->trainable);
}

// The same weights on square roots of features, computed by the tagger or by hand.
TEST(Build, FeatureRootTakesSignedSquareRoots) {
  Settings settings = small_settings();
  settings.backbone.freeze = true;
  const auto plain = build_tagger(settings, numbered_tags(6), Device::cpu());
  settings.model.tagger.feature_root = true;
  const auto rooted = build_tagger(settings, numbered_tags(6), Device::cpu());
  const int64_t width = plain->cnn().feature_count();
  const std::vector<Real> features = test::normal_array(3 * width, 5);
  std::vector<Real> roots(features);
  for (Real& x : roots) x = std::copysign(std::sqrt(std::abs(x)), x);
  Batch batch;
  batch.labels = Tensor::from(test::flag_array(3 * 6, 2, 0.4), {3, 6});
  const auto answers = [&](CnnTagger& tagger, const std::vector<Real>& values) {
    batch.features = Tensor::from(values, {3, width});
    Tape tape;
    std::vector<float> all = tagger.predict(batch).scores;
    all.push_back(static_cast<float>(tagger.loss(tape, batch).value().item()));
    return all;
  };
  EXPECT_EQ(answers(*rooted, features), answers(*plain, roots));
  EXPECT_NE(answers(*plain, features), answers(*plain, roots));

  EXPECT_NO_THROW(rooted->set_metadata(rooted->metadata(), "file"));
  EXPECT_ERROR(kData, "trained with model.feature_root = true: set the same value",
               plain->set_metadata(rooted->metadata(), "file"));
  EXPECT_ERROR(kData, "trained with model.feature_root = false", rooted->set_metadata(plain->metadata(), "file"));
}

TEST(Build, MirroredFeaturesAverageThePictureAndItsMirrorImage) {
  constexpr int64_t kSide = 32, kBytes = kSide * kSide * 3;
  Settings settings = small_settings();
  settings.backbone.freeze = true;
  const auto plain = build_tagger(settings, numbered_tags(6), Device::cpu());
  settings.backbone.mirrored = true;
  const auto mirrored = build_tagger(settings, numbered_tags(6), Device::cpu());
  const auto features_of = [&](CnnTagger& tagger, const std::vector<uint8_t>& pixels) {
    const auto pictures = static_cast<int64_t>(pixels.size()) / kBytes;
    Tape tape(Tape::kForwardOnly);
    return tagger.features(tape, {.images = Tensor::from(pixels, {pictures, kSide, kSide, 3})}).value().to_vector();
  };
  for (const int64_t pictures : {2, 3, 1}) {  // larger and smaller than before
    const std::vector<uint8_t> pixels = test::integer_array<uint8_t>(pictures * kBytes, pictures, 0, 255);
    std::vector<uint8_t> turned(pixels.size());
    for (size_t i = 0; i < pixels.size() / 3; ++i) {
      const size_t row = i / kSide, other = row * kSide + kSide - 1 - i % kSide;
      std::copy_n(&pixels[3 * other], 3, &turned[3 * i]);
    }
    const std::vector<Real> a = features_of(*plain, pixels), b = features_of(*plain, turned),
                            mean = features_of(*mirrored, pixels);
    ASSERT_EQ(mean.size(), a.size());
    EXPECT_NE(a, b);
    for (size_t i = 0; i < mean.size(); ++i) EXPECT_FLOAT_EQ(mean[i], (a[i] + b[i]) / 2) << i;
  }
}

}  // namespace
}  // namespace tagloom

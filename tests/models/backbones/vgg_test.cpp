// Compares VGGs with torchvision's: outputs of the four depths, with and without batch norm, on the tape and frozen.
#include "models/backbones/vgg.h"

#include "models/backbones/frozen_backbone.h"
#include "tests/models/backbones/backbone_golden.h"

namespace tagloom {
namespace {

class VggGolden : public testing::TestWithParam<const char*> {};

TEST_P(VggGolden, TapeAndFrozenMatchTorchvision) {
  const auto golden = test::read_golden_outputs(GetParam());
  ASSERT_EQ(golden.size(), 4u);
  const auto backbone = test::golden_backbone(GetParam());
  const Tensor pictures = test::seeded_pictures(2, test::kGoldenPixels);  // a last map of 2 x 2: fc6's 7 x 7 repeat its pixels
  const std::pair<BackboneLayer, const char*> layers[] = {{BackboneLayer::kConv5Map, "conv5"},
                                                          {BackboneLayer::kConv5, "pool5"},
                                                          {BackboneLayer::kFc7, "fc7"},
                                                          {BackboneLayer::kLogits, "logits"}};
  for (const auto& [layer, name] : layers) {
    FrozenBackbone frozen(*backbone, layer);
    test::expect_golden(std::string("frozen ") + name, frozen.features(pictures), golden.at(name), 2e-5);
  }
  for (const auto& [layer, name] : layers) {
    if (layer != BackboneLayer::kConv5 && layer != BackboneLayer::kLogits) continue;
    Tape tape(Tape::kForwardOnly);
    const Var y = backbone->forward(tape, pictures, layer, DType::kReal);
    test::expect_golden(std::string("tape ") + name, y.value(), golden.at(name), 2e-5);
    EXPECT_EQ(y.size(1), backbone->feature_count(layer));
  }
}

INSTANTIATE_TEST_SUITE_P(Depths, VggGolden,
                         testing::Values("vgg11", "vgg13", "vgg16", "vgg19", "vgg11_bn", "vgg13_bn", "vgg16_bn", "vgg19_bn"),
                         [](const auto& info) { return std::string(info.param); });

TEST(Vgg, Bf16IsCloseToTorchvision) {
  const auto golden = test::read_golden_outputs("vgg16");
  const auto backbone = test::golden_backbone("vgg16");
  FrozenBackbone frozen(*backbone, BackboneLayer::kLogits, Precision::kBf16);
  const Tensor pictures = test::seeded_pictures(2, test::kGoldenPixels);
  test::expect_golden("frozen logits", frozen.features(pictures), golden.at("logits"), 3e-2);
  Tape tape(Tape::kForwardOnly);
  const Tensor trained = backbone->forward(tape, pictures, BackboneLayer::kLogits, DType::kBf16).value();
  test::expect_golden("tape logits", trained, golden.at("logits"), 3e-2);
  EXPECT_EQ(trained.to_vector(), frozen.features(pictures).to_vector());
}

TEST(Vgg, MatchesTorchvisionsParameterCount) {
  const auto count = [](const char* name) {
    return make_backbone({.name = name, .layer = BackboneLayer::kLogits})->parameter_count();
  };
  EXPECT_EQ(count("vgg11"), 132863336);
  EXPECT_EQ(count("vgg16_bn"), 138365992);
  EXPECT_EQ(make_backbone({.name = "vgg16", .layer = BackboneLayer::kConv5})->parameter_count(), 14714688);
}

TEST(Vgg, Pool5IsTheFlattenedMap) {
  const auto backbone = test::golden_backbone("vgg11", BackboneLayer::kPool5);
  FrozenBackbone frozen(*backbone);
  EXPECT_EQ(frozen.feature_count(), 7 * 7 * 512);
  EXPECT_EQ(frozen.features(test::seeded_pictures(1, 64)).shape(), (Shape{1, 7 * 7 * 512}));
}

}  // namespace
}  // namespace tagloom

// Compares ResNets with torchvision's and timm's: outputs of all architectures, on the tape and frozen.
#include "models/backbones/resnet.h"

#include "models/backbones/frozen_backbone.h"
#include "tests/models/backbones/backbone_golden.h"

namespace tagloom {
namespace {

class ResnetGolden : public testing::TestWithParam<const char*> {};

TEST_P(ResnetGolden, TapeAndFrozenMatchPyTorch) {
  const auto golden = test::read_golden_outputs(GetParam());
  ASSERT_EQ(golden.size(), 3u);
  const auto backbone = test::golden_backbone(GetParam());
  const Tensor pictures = test::seeded_pictures(2, test::kGoldenPixels);
  for (const auto& [layer, name] : {std::pair(BackboneLayer::kConv5Map, "conv5"), std::pair(BackboneLayer::kLogits, "logits")}) {
    FrozenBackbone frozen(*backbone, layer);
    test::expect_golden(std::string("frozen ") + name, frozen.features(pictures), golden.at(name), 2e-5);
  }
  Tape tape(Tape::kForwardOnly);
  const Var y = backbone->forward(tape, pictures, BackboneLayer::kPool5, DType::kReal);
  test::expect_golden("tape pool5", y.value(), golden.at("pool5"), 2e-5);
  EXPECT_EQ(y.size(1), backbone->feature_count(BackboneLayer::kPool5));
}

INSTANTIATE_TEST_SUITE_P(Architectures, ResnetGolden,
                         testing::Values("resnet18", "resnet34", "resnet50", "resnet50_1x1", "resnet101", "resnet152",
                                         "resnext50_32x4d", "resnext101_32x8d", "resnext101_64x4d", "wide_resnet50_2",
                                         "wide_resnet101_2", "resnet50d"),
                         [](const auto& info) { return std::string(info.param); });

class ResnetBf16 : public testing::TestWithParam<const char*> {};

TEST_P(ResnetBf16, IsCloseToPyTorch) {
  const auto golden = test::read_golden_outputs(GetParam());
  const auto backbone = test::golden_backbone(GetParam());
  const Tensor pictures = test::seeded_pictures(2, test::kGoldenPixels);
  FrozenBackbone frozen(*backbone, BackboneLayer::kPool5, Precision::kBf16);
  test::expect_golden("frozen pool5", frozen.features(pictures), golden.at("pool5"), 3e-2);
  Tape tape(Tape::kForwardOnly);
  test::expect_golden("tape pool5", backbone->forward(tape, pictures, BackboneLayer::kPool5, DType::kBf16).value(),
                      golden.at("pool5"), 3e-2);
}

INSTANTIATE_TEST_SUITE_P(Architectures, ResnetBf16, testing::Values("resnet50", "resnext50_32x4d", "resnet50d"),
                         [](const auto& info) { return std::string(info.param); });

TEST(Resnet, MatchesTorchvisionsParameterNamesAndCount) {
  const auto count = [](const char* name) {
    return make_backbone({.name = name, .layer = BackboneLayer::kLogits})->parameter_count();
  };
  EXPECT_EQ(count("resnet18"), 11689512);
  EXPECT_EQ(count("resnet34"), 21797672);
  EXPECT_EQ(count("resnet50"), 25557032);
  EXPECT_EQ(count("resnet101"), 44549160);
  EXPECT_EQ(count("resnet152"), 60192808);
  EXPECT_EQ(count("resnext50_32x4d"), 25028904);
  EXPECT_EQ(count("resnext101_32x8d"), 88791336);
  EXPECT_EQ(count("resnext101_64x4d"), 83455272);
  EXPECT_EQ(count("wide_resnet50_2"), 68883240);
  EXPECT_EQ(count("wide_resnet101_2"), 126886696);
  EXPECT_EQ(count("resnet50d"), 25576264) << "timm's count";
  const auto backbone = make_backbone({.name = "resnet50", .layer = BackboneLayer::kPool5});
  EXPECT_EQ(backbone->parameter_count(), 25557032 - 2048 * 1000 - 1000) << "no classifier is built after pool5";
  EXPECT_EQ(backbone->named_parameters("cnn")[0].name, "cnn.conv1.weight");
  EXPECT_THROW(make_backbone({.name = "resnet50", .layer = BackboneLayer::kFc7}), Error);
}

}  // namespace
}  // namespace tagloom

// Names and shapes of torchvision's, timm's and transformers' networks (tests/golden/pypi/weight_files_golden.py): which backbone they fit,
// and how they are renamed.
#include "models/backbones/weight_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "engine/io/safetensors.h"
#include "engine/train/weights.h"
#include "models/backbones/backbone.h"
#include "models/backbones/weight_fit.h"
#include "tests/engine/io/torch_files.h"
#include "tests/support/expect_error.h"
#include "tests/support/golden.h"
#include "tests/support/seeded_values.h"
#include "tests/support/temporary_folder.h"

namespace tagloom {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct GoldenNetwork {
  std::string source, backbone;
  std::vector<NamedTensor> tensors;  // without bytes
};

std::vector<GoldenNetwork> golden_networks() {
  std::vector<GoldenNetwork> networks;
  std::ifstream in(test::golden_file("weight_names_golden.txt"));
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string source, backbone, extents;
    NamedTensor tensor;
    words >> source >> backbone >> tensor.name >> extents;
    std::istringstream numbers(extents == "-" ? "" : extents);
    for (std::string extent; std::getline(numbers, extent, ',');) tensor.shape.push_back(std::stoll(extent));
    if (networks.empty() || networks.back().source != source || networks.back().backbone != backbone) {
      networks.push_back({source, backbone, {}});
    }
    networks.back().tensors.push_back(std::move(tensor));
  }
  return networks;
}

TEST(WeightNames, EveryProgramsNetworksFitTheirBackbone) {
  const std::vector<GoldenNetwork> networks = golden_networks();
  ASSERT_EQ(networks.size(), 10u);
  for (const GoldenNetwork& network : networks) {
    SCOPED_TRACE(network.source + " " + network.backbone);
    for (const char* prefix : {"", "module.", "module.backbone."}) {
      std::vector<NamedTensor> tensors = network.tensors;
      for (NamedTensor& tensor : tensors) tensor.name.insert(0, prefix);
      const RenamedWeights weights = rename_weights(NamedTensors("file", tensors));
      const WeightFit fit = best_fit(weights.tensors);
      EXPECT_TRUE(fit.fits());
      EXPECT_EQ(fit.backbone, network.backbone);
      const bool headless = network.source == "transformers" && network.backbone == "resnet50";
      EXPECT_EQ(fit.classes, headless ? 0 : network.source == "transformers" ? 10 : 1000);
      EXPECT_EQ(fit.fc_width, network.backbone.starts_with("vgg") ? 4096 : 0);
      const bool same_names =
          network.source == "torchvision" || (network.source == "timm" && network.backbone.starts_with("resnet"));
      EXPECT_EQ(weights.renamed.empty(), *prefix == '\0' && same_names);
    }
  }
}

std::string renamed(const std::string& name, const std::string& beside = "x") {
  return rename_weights(NamedTensors("file", {{.name = name}, {.name = beside}})).tensors.entries()[0].name;
}

TEST(WeightNames, FollowTheTables) {
  const std::string transformers = "resnet.embedder.embedder.convolution.weight";
  EXPECT_EQ(renamed("resnet.encoder.stages.2.layers.11.layer.1.normalization.running_var", transformers),
            "layer3.11.bn2.running_var");
  EXPECT_EQ(renamed("encoder.stages.0.layers.0.shortcut.convolution.weight", transformers), "layer1.0.downsample.0.weight");
  EXPECT_EQ(renamed("encoder.stages.0.layers.0.shortcut.normalization.bias", transformers), "layer1.0.downsample.1.bias");
  EXPECT_EQ(renamed("classifier.1.bias", transformers), "fc.bias");
  EXPECT_EQ(renamed("classifier.1.bias"), "classifier.1.bias") << "not transformers' file";
  EXPECT_EQ(renamed("encoder.stages.x.layers.0.shortcut.convolution.weight", transformers),
            "encoder.stages.x.layers.0.shortcut.convolution.weight");
  EXPECT_EQ(renamed("module.model.backbone.layer1.0.conv1.weight"), "layer1.0.conv1.weight");
  EXPECT_EQ(renamed("_orig_mod.head.fc.weight", "pre_logits.fc1.weight"), "classifier.6.weight");
  EXPECT_EQ(renamed("head.fc.weight", "backbone.conv1.weight"), "fc.weight");
}

// timm's fc6 in channels-last order, as channels-last networks save it.
TEST(WeightNames, FlattenedFiltersAreRowMajor) {
  std::vector<float> values(24), expected;
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
  for (int k = 0; k < 2; ++k) {
    for (int c = 0; c < 3; ++c) {
      for (int place = 0; place < 4; ++place) expected.push_back(static_cast<float>(12 * k + 3 * place + c));
    }
  }
  const NamedTensor filter{
      "pre_logits.fc1.weight", TensorType::kF32, {2, 3, 2, 2}, std::as_bytes(std::span(values)), {12, 1, 6, 3}};
  const NamedTensors renamed = rename_weights(NamedTensors("file", {filter})).tensors;
  const NamedTensor& matrix = renamed.require("classifier.0.weight");
  EXPECT_EQ(matrix.shape, (std::vector<int64_t>{2, 12}));
  EXPECT_EQ(renamed.to_floats(matrix), expected);
}

TEST(WeightNames, CountersAreLeftOut) {
  const auto left =
      rename_weights(NamedTensors("file", {{.name = "n_averaged"}, {.name = "module.bn1.num_batches_tracked"}})).tensors;
  EXPECT_TRUE(left.entries().empty());
}

TEST(WeightNames, TwoTensorsOfOneNameAreRejected) {
  EXPECT_ERROR(kData, "tensors conv1.weight and module.conv1.weight are both conv1.weight",
               renamed("conv1.weight", "module.conv1.weight"));
}

TEST(WeightFit, DistinguishesAllBackbones) {
  for (const std::string& name : backbone_names()) {
    std::vector<NamedTensor> tensors;
    for (const auto& [tensor, shape] : weight_shapes(*make_backbone({.name = name})))
      tensors.push_back({.name = tensor, .shape = shape});
    EXPECT_EQ(best_fit(NamedTensors("file", tensors)).backbone, name);
  }
}

TEST(WeightFit, ListsTheDifferences) {
  std::vector<NamedTensor> tensors;
  for (const GoldenNetwork& network : golden_networks()) {
    if (network.source == "torchvision" && network.backbone == "resnet18") tensors = network.tensors;
  }
  for (NamedTensor& tensor : tensors) {
    if (tensor.name == "conv1.weight") tensor.shape = {64, 3, 3, 3};
    if (tensor.name == "bn1.bias") tensor.name = "bn1.beta";
  }
  const WeightFit fit = best_fit(rename_weights(NamedTensors("file", tensors)).tensors);
  EXPECT_FALSE(fit.fits());
  EXPECT_EQ(fit.backbone, "resnet18");
  EXPECT_THAT(fit.missing, ElementsAre("bn1.bias"));
  EXPECT_THAT(fit.unexpected, ElementsAre("bn1.beta"));
  EXPECT_THAT(fit.wrong_shape, ElementsAre("conv1.weight is [64, 3, 3, 3], not [64, 3, 7, 7]"));
  EXPECT_EQ(fit.loaded, 98);
}

TEST(WeightFit, AnIncompleteClassifierDoesNotCount) {
  std::vector<NamedTensor> tensors;
  for (const auto& [name, shape] : weight_shapes(*make_backbone({.name = "vgg11", .layer = BackboneLayer::kPool5})))
    tensors.push_back({.name = name, .shape = shape});
  const auto add = [&](const std::string& layer, int64_t rows, int64_t columns) {
    tensors.push_back({.name = layer + ".weight", .shape = {rows, columns}});
    tensors.push_back({.name = layer + ".bias", .shape = {rows}});
  };
  add("classifier.0", 8, 25088);
  add("classifier.3", 9, 8);
  add("classifier.6", 5, 8);
  EXPECT_EQ(fit_weights(NamedTensors("file", tensors), "vgg11").fc_width, 0) << "fc7 is not as wide as fc6";
  EXPECT_EQ(fit_weights(NamedTensors("file", tensors), "vgg11").classes, 0);
}

TEST(LoadBackbone, ReadsTheSettingsBesideTheFile) {
  const auto made = make_backbone({.name = "small"});
  test::fill_seeded(*made, ".bn4.weight");
  const test::TemporaryFolder folder;
  write_safetensors(folder / "model.safetensors", module_entries(*made).entries);
  test::write_whole_file(folder / "config.json", R"({"pretrained_cfg":{"mean":[0.25,0.5,0.75],"std":[0.5,1,2]}})");
  const auto read = make_backbone({.name = "small"});
  load_backbone(*read, folder / "model.safetensors");
  EXPECT_THAT(read->statistics().mean, ElementsAre(0.25F, 0.5F, 0.75F));
  EXPECT_THAT(read->statistics().std_, ElementsAre(0.5F, 1.0F, 2.0F));
}

// The small backbone's weights in an archive of PyTorch, under a wrapper and with prefixes.
TEST(LoadBackbone, ReadsPyTorchsFiles) {
  const auto made = make_backbone({.name = "small"});
  test::fill_seeded(*made, ".bn4.weight");
  const ModuleEntries weights = module_entries(*made);
  const test::TemporaryFolder folder;
  test::write_whole_file(folder / "small.pth", test::pth_checkpoint(weights.entries));
  const auto read = make_backbone({.name = "small"});
  load_backbone(*read, folder / "small.pth");
  EXPECT_EQ(content_hash(*read), content_hash(*made));
  const auto other = make_backbone({.name = "resnet18"});
  EXPECT_ERROR(kData, "It fits backbone.name = \"small\"", load_backbone(*other, folder / "small.pth"));
}

}  // namespace
}  // namespace tagloom

#include "models/backbones/backbone_of_file.h"

#include <algorithm>

#include "models/backbones/backbone.h"

namespace tagloom {
namespace {

struct ResnetShape {
  const char* name;
  int64_t blocks[4];
  int64_t width, in_group;  // of the first 3x3 convolution: [width,in_group,3,3]
  bool bottleneck = true, d = false;
};
constexpr ResnetShape kResnetShapes[] = {{"resnet18", {2, 2, 2, 2}, 64, 64, false},
                                         {"resnet34", {3, 4, 6, 3}, 64, 64, false},
                                         {"resnet50", {3, 4, 6, 3}, 64, 64},
                                         {"resnet101", {3, 4, 23, 3}, 64, 64},
                                         {"resnet152", {3, 8, 36, 3}, 64, 64},
                                         {"resnext50_32x4d", {3, 4, 6, 3}, 128, 4},
                                         {"resnext101_32x8d", {3, 4, 23, 3}, 256, 8},
                                         {"resnext101_64x4d", {3, 4, 23, 3}, 256, 4},
                                         {"wide_resnet50_2", {3, 4, 6, 3}, 128, 128},
                                         {"wide_resnet101_2", {3, 4, 23, 3}, 128, 128},
                                         {"resnet50d", {3, 4, 6, 3}, 64, 64, true, true}};

int64_t blocks_of_stage(const NamedTensors& file, int stage) {
  int64_t count = 0;
  while (file.find(format("layer{}.{}.conv1.weight", stage, count)) != nullptr) ++count;
  return count;
}

std::string resnet_of_file(const NamedTensors& file) {
  const bool bottleneck = file.find("layer1.0.conv3.weight") != nullptr, d = file.find("conv1.0.weight") != nullptr;
  const SafetensorsEntry* const conv = file.find(bottleneck ? "layer1.0.conv2.weight" : "layer1.0.conv1.weight");
  for (const ResnetShape& one : kResnetShapes) {
    bool same = one.bottleneck == bottleneck && one.d == d && conv != nullptr &&
                conv->shape == std::vector<int64_t>{one.width, one.in_group, 3, 3};
    for (int stage = 0; stage < 4; ++stage) same = same && blocks_of_stage(file, stage + 1) == one.blocks[stage];
    if (same) return one.name;
  }
  return "";
}

std::string vgg_of_file(const NamedTensors& file) {
  int convolutions = 0;
  bool with_norm = false;
  for (const SafetensorsEntry& entry : file.entries()) {
    if (!entry.name.starts_with("features.")) continue;
    convolutions += entry.shape.size() == 4;
    with_norm = with_norm || entry.name.ends_with(".running_mean");
  }
  const std::string name = format("vgg{}{}", convolutions + 3, with_norm ? "_bn" : "");  // and three fully connected layers
  return std::ranges::count(backbone_names(), name) > 0 ? name : "";
}

}  // namespace

BackboneOfFile backbone_of_file(const NamedTensors& file) {
  BackboneOfFile found;
  const auto architecture = file.metadata().find("architecture");
  if (architecture != file.metadata().end() && std::ranges::count(backbone_names(), architecture->second) > 0)
    found.name = architecture->second;
  if (found.name.empty()) found.name = resnet_of_file(file);
  if (found.name.empty()) found.name = vgg_of_file(file);
  TL_CHECK_AS(ErrorKind::kData, !found.name.empty(),
              "{}: its tensors fit none of the backbones: give the name of one with --set backbone.name=NAME", file.path());
  for (const char* const layer : {"fc.weight", "classifier.6.weight"}) {
    const SafetensorsEntry* const weight = file.find(layer);
    if (weight != nullptr && !weight->shape.empty()) found.classes = weight->shape[0];
  }
  return found;
}

}  // namespace tagloom

#include "models/backbones/resnet.h"

namespace tagloom {
namespace {

struct Architecture {
  const char* name;
  bool bottleneck;
  int blocks[4];
  int64_t groups = 1, group_width = 64;  // of the first stage's 3x3; the width doubles with each stage
  bool d = false;                        // ResNet-D
};

constexpr Architecture kArchitectures[] = {
    {"resnet18", false, {2, 2, 2, 2}},
    {"resnet34", false, {3, 4, 6, 3}},
    {"resnet50", true, {3, 4, 6, 3}},
    {"resnet101", true, {3, 4, 23, 3}},
    {"resnet152", true, {3, 8, 36, 3}},
    {"resnext50_32x4d", true, {3, 4, 6, 3}, 32, 4},
    {"resnext101_32x8d", true, {3, 4, 23, 3}, 32, 8},
    {"resnext101_64x4d", true, {3, 4, 23, 3}, 64, 4},
    {"wide_resnet50_2", true, {3, 4, 6, 3}, 1, 128},
    {"wide_resnet101_2", true, {3, 4, 23, 3}, 1, 128},
    {"resnet50d", true, {3, 4, 6, 3}, 1, 64, true},
};

const Architecture& architecture_of(const std::string& name) {
  for (const Architecture& architecture : kArchitectures) {
    if (name == architecture.name) return architecture;
  }
  fail(ErrorKind::kUsage, "[backbone] {} is not a ResNet", name);
}

Conv2dSettings conv(int64_t in, int64_t out, int64_t size, int64_t stride, int64_t groups = 1) {
  return {in, out, size, stride, size / 2, false, groups};
}

}  // namespace

Resnet::Block::Block(const BlockSettings& settings)
    : settings_(settings),
      conv1_(settings.bottleneck ? conv(settings.in, settings.width, 1, 1)
                                 : conv(settings.in, settings.width, 3, settings.stride)),
      bn1_(settings.width),
      conv2_(conv(settings.width, settings.width, 3, settings.bottleneck ? settings.stride : 1, settings.groups)),
      bn2_(settings.width) {
  add("conv1", conv1_);
  add("bn1", bn1_);
  add("conv2", conv2_);
  add("bn2", bn2_);
  if (settings.bottleneck) {
    add("conv3", conv3_.emplace(conv(settings.width, settings.out, 1, 1)));
    add("bn3", bn3_.emplace(settings.out));
  }
  if (settings.stride == 1 && settings.in == settings.out) return;
  const int first = settings.pooled_shortcut ? 1 : 0;  // in PyTorch's list of layers
  const int64_t stride = settings.pooled_shortcut ? 1 : settings.stride;
  add("downsample." + std::to_string(first), downsample_.emplace(conv(settings.in, settings.out, 1, stride)));
  add("downsample." + std::to_string(first + 1), downsample_bn_.emplace(settings.out));
}

void Resnet::Block::set_stride_in_1x1(bool in_1x1) {
  if (!conv3_) return;
  conv1_.set_stride(in_1x1 ? settings_.stride : 1);
  conv2_.set_stride(in_1x1 ? 1 : settings_.stride);
}

BackboneWalk::Node Resnet::Block::describe(BackboneWalk& walk, BackboneWalk::Node x) {
  BackboneWalk::Node shortcut = x;
  if (settings_.pooled_shortcut && settings_.stride > 1) {
    shortcut = walk.average_pool(x, {.size = 2, .stride = settings_.stride, .ceil_mode = true});
  }
  if (downsample_) shortcut = walk.conv(shortcut, {.conv = &*downsample_, .norm = &*downsample_bn_, .relu = false});
  const BackboneWalk::Node y = walk.conv(x, {.conv = &conv1_, .norm = &bn1_});
  if (!conv3_) return walk.conv(y, {.conv = &conv2_, .norm = &bn2_, .residual = shortcut});
  return walk.conv(walk.conv(y, {.conv = &conv2_, .norm = &bn2_}), {.conv = &*conv3_, .norm = &*bn3_, .residual = shortcut});
}

Resnet::Resnet(const BackboneOptions& options) : Backbone(options) {
  const Architecture& architecture = architecture_of(options.name);
  TL_CHECK(options.layer != BackboneLayer::kFc7, "[backbone] {} has no layer fc7 (only VGG has one): use pool5", options.name);
  if (architecture.d) {
    add_stem("conv1.0", "conv1.1", conv(3, 32, 3, 2));
    add_stem("conv1.3", "conv1.4", conv(32, 32, 3, 1));
    add_stem("conv1.6", "bn1", conv(32, 64, 3, 1));
  } else {
    add_stem("conv1", "bn1", conv(3, 64, 7, 2));
  }
  for (int stage = 0; stage < 4; ++stage) {
    for (int i = 0; i < architecture.blocks[stage]; ++i) {
      blocks_.push_back(std::make_unique<Block>(BlockSettings{.in = channels_,
                                                              .width = architecture.groups * architecture.group_width << stage,
                                                              .out = int64_t{architecture.bottleneck ? 256 : 64} << stage,
                                                              .stride = stage > 0 && i == 0 ? 2 : 1,
                                                              .groups = architecture.groups,
                                                              .bottleneck = architecture.bottleneck,
                                                              .pooled_shortcut = architecture.d}));
      channels_ = blocks_.back()->out();
      add("layer" + std::to_string(stage + 1) + "." + std::to_string(i), *blocks_.back());
    }
  }
  if (has_layer(BackboneLayer::kLogits)) add("fc", fc_.emplace(channels_, options.classes));
  set_stride_in_1x1(options.stride_in_1x1.value_or(false));
}

void Resnet::add_stem(const char* conv_name, const char* norm_name, const Conv2dSettings& settings) {
  const auto& layer = stem_.emplace_back(std::make_unique<StemLayer>(settings));
  add(conv_name, layer->conv);
  add(norm_name, layer->norm);
}

void Resnet::set_stride_in_1x1(bool in_1x1) {
  stride_in_1x1_ = in_1x1;
  for (const auto& block : blocks_) block->set_stride_in_1x1(in_1x1);
  count_replacement();
}

BackboneWalk::Node Resnet::describe(BackboneWalk& walk, BackboneLayer layer) {
  check_layer(layer);
  BackboneWalk::Node x = BackboneWalk::kPicture;
  for (const auto& stem : stem_) x = walk.conv(x, {.conv = &stem->conv, .norm = &stem->norm});
  x = walk.max_pool(x, {.size = 3, .stride = 2, .padding = 1});
  for (const auto& block : blocks_) x = block->describe(walk, x);
  if (layer == BackboneLayer::kConv5Map) return x;
  x = walk.mean(x);  // pool5 is the mean of conv5
  return layer == BackboneLayer::kLogits ? walk.fully_connected(x, {&*fc_}) : x;
}

}  // namespace tagloom

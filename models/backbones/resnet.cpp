#include "models/backbones/resnet.h"

namespace tagloom {
namespace {

struct Architecture {
  const char* name;
  bool bottleneck;
  int blocks[4];
};

constexpr Architecture kArchitectures[] = {
    {"resnet18", false, {2, 2, 2, 2}},  {"resnet34", false, {3, 4, 6, 3}},  {"resnet50", true, {3, 4, 6, 3}},
    {"resnet101", true, {3, 4, 23, 3}}, {"resnet152", true, {3, 8, 36, 3}},
};

const Architecture& architecture_of(const std::string& name) {
  for (const Architecture& architecture : kArchitectures) {
    if (name == architecture.name) return architecture;
  }
  fail(ErrorKind::kUsage, "[backbone] {} is not a ResNet", name);
}

Conv2dSettings conv(int64_t in, int64_t out, int64_t size, int64_t stride) { return {in, out, size, stride, size / 2, false}; }

}  // namespace

Resnet::Block::Block(int64_t in, int64_t width, int64_t stride, bool bottleneck)
    : stride_(stride),
      out_(bottleneck ? 4 * width : width),
      conv1_(conv(in, width, bottleneck ? 1 : 3, bottleneck ? 1 : stride)),
      bn1_(width),
      conv2_(conv(width, width, 3, bottleneck ? stride : 1)),
      bn2_(width) {
  add("conv1", conv1_);
  add("bn1", bn1_);
  add("conv2", conv2_);
  add("bn2", bn2_);
  if (bottleneck) {
    add("conv3", conv3_.emplace(conv(width, out_, 1, 1)));
    add("bn3", bn3_.emplace(out_));
  }
  if (stride != 1 || in != out_) {
    add("downsample.0", downsample_.emplace(conv(in, out_, 1, stride)));
    add("downsample.1", downsample_bn_.emplace(out_));
  }
}

void Resnet::Block::set_stride_in_1x1(bool in_1x1) {
  if (!conv3_) return;
  conv1_.set_stride(in_1x1 ? stride_ : 1);
  conv2_.set_stride(in_1x1 ? 1 : stride_);
}

BackboneWalk::Node Resnet::Block::describe(BackboneWalk& walk, BackboneWalk::Node x) {
  BackboneWalk::Node shortcut = x;
  if (downsample_) shortcut = walk.conv(x, {.conv = &*downsample_, .norm = &*downsample_bn_, .relu = false});
  const BackboneWalk::Node y = walk.conv(x, {.conv = &conv1_, .norm = &bn1_});
  if (!conv3_) return walk.conv(y, {.conv = &conv2_, .norm = &bn2_, .residual = shortcut});
  return walk.conv(walk.conv(y, {.conv = &conv2_, .norm = &bn2_}), {.conv = &*conv3_, .norm = &*bn3_, .residual = shortcut});
}

Resnet::Resnet(const BackboneOptions& options) : Backbone(options), conv1_({3, 64, 7, 2, 3, false}), bn1_(64) {
  const Architecture& architecture = architecture_of(options.name);
  TL_CHECK(options.layer != BackboneLayer::kFc7, "[backbone] {} has no layer fc7 (only VGG has one): use pool5", options.name);
  add("conv1", conv1_);
  add("bn1", bn1_);
  for (int stage = 0; stage < 4; ++stage) {
    for (int i = 0; i < architecture.blocks[stage]; ++i) {
      const int64_t stride = stage > 0 && i == 0 ? 2 : 1;
      blocks_.push_back(std::make_unique<Block>(channels_, int64_t{64} << stage, stride, architecture.bottleneck));
      channels_ = blocks_.back()->out();
      add("layer" + std::to_string(stage + 1) + "." + std::to_string(i), *blocks_.back());
    }
  }
  if (has_layer(BackboneLayer::kLogits)) add("fc", fc_.emplace(channels_, options.classes));
  set_stride_in_1x1(options.stride_in_1x1.value_or(false));
}

void Resnet::set_stride_in_1x1(bool in_1x1) {
  stride_in_1x1_ = in_1x1;
  for (const auto& block : blocks_) block->set_stride_in_1x1(in_1x1);
  count_replacement();
}

BackboneWalk::Node Resnet::describe(BackboneWalk& walk, BackboneLayer layer) {
  check_layer(layer);
  BackboneWalk::Node x = walk.conv(BackboneWalk::kPicture, {.conv = &conv1_, .norm = &bn1_});
  x = walk.max_pool(x, {.size = 3, .stride = 2, .padding = 1});
  for (const auto& block : blocks_) x = block->describe(walk, x);
  if (layer == BackboneLayer::kConv5Map) return x;
  x = walk.mean(x);  // pool5 is the mean of conv5
  return layer == BackboneLayer::kLogits ? walk.fully_connected(x, {&*fc_}) : x;
}

}  // namespace tagloom

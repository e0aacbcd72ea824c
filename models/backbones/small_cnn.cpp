#include "models/backbones/small_cnn.h"

namespace tagloom {

SmallCnn::SmallCnn(const BackboneOptions& options)
    : Backbone(options),
      conv1_({3, 32, 3, 2, 1, false}),
      conv2_({32, 48, 3, 1, 1, false}),
      conv3_({48, 96, 3, 1, 1, false}),
      conv4_({96, 128, 3, 1, 1, false}),
      bn1_(32),
      bn2_(48),
      bn3_(96),
      bn4_(128) {
  TL_CHECK(options.layer != BackboneLayer::kFc7, "[backbone] small has no layer fc7 (only VGG has one): use pool5");
  add("conv1", conv1_);
  add("bn1", bn1_);
  add("conv2", conv2_);
  add("bn2", bn2_);
  add("conv3", conv3_);
  add("bn3", bn3_);
  add("conv4", conv4_);
  add("bn4", bn4_);
  if (has_layer(BackboneLayer::kLogits)) add("fc", fc_.emplace(channels(), options.classes));
}

BackboneWalk::Node SmallCnn::describe(BackboneWalk& walk, BackboneLayer layer) {
  check_layer(layer);
  BackboneWalk::Node x = walk.conv(BackboneWalk::kPicture, {.conv = &conv1_, .norm = &bn1_});
  x = walk.max_pool(walk.conv(x, {.conv = &conv2_, .norm = &bn2_}), {.size = 2, .stride = 2});
  x = walk.max_pool(walk.conv(x, {.conv = &conv3_, .norm = &bn3_}), {.size = 2, .stride = 2});
  x = walk.conv(x, {.conv = &conv4_, .norm = &bn4_});
  if (layer == BackboneLayer::kConv5Map) return x;
  x = walk.mean(x);
  return layer == BackboneLayer::kLogits ? walk.fully_connected(x, {&*fc_}) : x;
}

}  // namespace tagloom

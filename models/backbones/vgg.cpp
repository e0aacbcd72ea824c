#include "models/backbones/vgg.h"

#include "engine/nn/init.h"

namespace tagloom {
namespace {

constexpr int64_t kMapSize = 7;  // fc6 reads 7 x 7 x 512

struct VggArchitecture {
  const char* name;
  int convs[5];
};

constexpr VggArchitecture kVggArchitectures[] = {
    {"vgg11", {1, 1, 2, 2, 2}},
    {"vgg13", {2, 2, 2, 2, 2}},
    {"vgg16", {2, 2, 3, 3, 3}},
    {"vgg19", {2, 2, 4, 4, 4}},
};

}  // namespace

Vgg::Vgg(const BackboneOptions& options) : Backbone(options) {
  const bool with_norm = options.name.ends_with("_bn");
  const std::string base = options.name.substr(0, options.name.find('_'));
  int64_t in = 3, position = 0;  // in torchvision's list of layers
  for (const VggArchitecture& architecture : kVggArchitectures) {
    if (base != architecture.name) continue;
    for (int stage = 0; stage < 5; ++stage) {
      Stage& made = stages_.emplace_back();
      const int64_t out = stage < 4 ? int64_t{64} << stage : 512;
      for (int i = 0; i < architecture.convs[stage]; ++i) {
        made.convs.push_back(std::make_unique<Conv2d>(Conv2dSettings{in, out, 3, 1, 1, true}));
        add("features." + std::to_string(position++), *made.convs.back());
        if (with_norm) {
          made.norms.push_back(std::make_unique<BatchNorm>(out));
          add("features." + std::to_string(position++), *made.norms.back());
        }
        ++position;  // ReLU
        in = out;
      }
      ++position;  // max pooling
    }
  }
  TL_CHECK(!stages_.empty(), "[backbone] {} is not a VGG", options.name);
  if (has_layer(BackboneLayer::kFc7)) {
    add("classifier.0", fc6_.emplace(kMapSize * kMapSize * channels(), options.fc_width));
    add("classifier.3", fc7_.emplace(options.fc_width, options.fc_width));
    fc6_->weight.map_channels = channels();
  }
  if (has_layer(BackboneLayer::kLogits)) add("classifier.6", fc8_.emplace(options.fc_width, options.classes));
}

void Vgg::reset(RandomKey key) {
  Module::reset(key);
  uint64_t stream = 1000;
  for (std::optional<Linear>* layer : {&fc6_, &fc7_, &fc8_}) {
    if (!*layer) continue;
    init_normal((*layer)->weight, {key.seed, random_stream(key.stream, stream++)}, Real(0.01));
    init_constant((*layer)->bias, 0);
  }
}

BackboneWalk::Node Vgg::describe(BackboneWalk& walk, BackboneLayer layer) {
  check_layer(layer);
  BackboneWalk::Node x = BackboneWalk::kPicture;
  for (size_t stage = 0; stage < stages_.size(); ++stage) {
    const Stage& made = stages_[stage];
    for (size_t i = 0; i < made.convs.size(); ++i) {
      x = walk.conv(x, {.conv = made.convs[i].get(), .norm = made.norms.empty() ? nullptr : made.norms[i].get()});
    }
    if (stage == 4 && layer == BackboneLayer::kConv5Map) return x;
    if (stage == 4 && layer == BackboneLayer::kConv5) return walk.mean(x);
    x = walk.max_pool(x, {.size = 2, .stride = 2});
  }
  x = walk.flat_mean(x, kMapSize);
  if (layer == BackboneLayer::kPool5) return x;
  if (layer == BackboneLayer::kFc7) return walk.fully_connected(x, {&*fc6_, &*fc7_}, true, options_.dropout);
  return walk.fully_connected(x, {&*fc6_, &*fc7_, &*fc8_}, false, options_.dropout);
}

}  // namespace tagloom

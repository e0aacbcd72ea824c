// Runs a backbone on a tape, and implements what all backbones share.
#include "models/backbones/backbone.h"

#include <algorithm>

#include "engine/core/closest_match.h"
#include "models/backbones/resnet.h"
#include "models/backbones/small_cnn.h"
#include "models/backbones/vgg.h"

namespace tagloom {
namespace {

// Records each described layer on the tape.
class TapeWalk : public BackboneWalk {
 public:
  TapeWalk(Tape& tape, Var picture) : tape_(tape), nodes_{std::move(picture)} {}
  const Var& at(Node node) const { return nodes_[node]; }

  Node conv(Node x, const ConvStep& step) override {
    const Conv2dSettings& settings = step.conv->settings();
    const Var bias = settings.bias ? tape_.parameter(step.conv->bias) : Var();
    const Var residual = step.residual != kNone ? at(step.residual) : Var();
    const bool bare = step.norm == nullptr && !residual.defined();  // the convolution then applies the ReLU
    const Var y =
        conv2d(at(x), filter_for(*step.conv, at(x).size(3) / settings.groups), bias,
               {.stride = settings.stride, .padding = settings.padding, .groups = settings.groups, .relu = bare && step.relu});
    if (step.norm != nullptr) return keep((*step.norm)(y, {.residual = residual, .relu = step.relu}));
    if (bare) return keep(y);
    const Var sum = add(y, residual);
    return keep(step.relu ? relu(sum) : sum);
  }
  Node max_pool(Node x, const Pool2dOptions& options) override { return keep(max_pool2d(at(x), options)); }
  Node average_pool(Node x, const Pool2dOptions& options) override { return keep(average_pool2d(at(x), options)); }
  Node mean(Node x) override { return keep(global_average_pool(at(x))); }
  Node flat_mean(Node x, int64_t size) override {
    const Var y = adaptive_average_pool(at(x), size);
    return keep(reshape(y, {y.size(0), size * size * y.size(3)}));
  }
  Node fully_connected(Node x, const std::vector<Linear*>& layers, bool last_relu, Real dropout) override {
    std::vector<FullyConnected> parameters;
    for (Linear* layer : layers) parameters.push_back({tape_.parameter(layer->weight), tape_.parameter(layer->bias)});
    return keep(linear_relu(at(x), parameters, dropout, last_relu));
  }

 private:
  Node keep(Var value) {
    nodes_.push_back(std::move(value));
    return static_cast<Node>(nodes_.size()) - 1;
  }

  // The filter, extended with zeros to the channels of the padded picture.
  Var filter_for(Conv2d& conv, int64_t channels) {
    const Var filter = tape_.parameter(conv.weight);
    const Shape& shape = filter.shape();
    if (shape[3] == channels) return filter;
    const int64_t rows = shape[0] * shape[1] * shape[2];
    const Var padded =
        concat_columns({reshape(filter, {rows, shape[3]}), tape_.zeros(filter.device(), {rows, channels - shape[3]})});
    return reshape(padded, {shape[0], shape[1], shape[2], channels});
  }

  Tape& tape_;
  std::vector<Var> nodes_;
};

// Collects the batch norms.
class BatchNormWalk : public BackboneWalk {
 public:
  std::vector<BatchNorm*> found;
  Node conv(Node, const ConvStep& step) override {
    if (step.norm != nullptr) found.push_back(step.norm);
    return ++last_;
  }
  Node max_pool(Node, const Pool2dOptions&) override { return ++last_; }
  Node average_pool(Node, const Pool2dOptions&) override { return ++last_; }
  Node mean(Node) override { return ++last_; }
  Node flat_mean(Node, int64_t) override { return ++last_; }
  Node fully_connected(Node, const std::vector<Linear*>&, bool, Real) override { return ++last_; }

 private:
  Node last_ = kPicture;
};

// The depth of a layer: a backbone built up to it has all layers that are not deeper.
int depth_of(BackboneLayer layer) {
  switch (layer) {
    case BackboneLayer::kConv5Map:
      return 0;
    case BackboneLayer::kConv5:
      return 0;
    case BackboneLayer::kPool5:
      return 0;
    case BackboneLayer::kFc7:
      return 1;
    case BackboneLayer::kLogits:
      return 2;
  }
  return 0;
}

bool is_vgg(const std::string& name) { return name.rfind("vgg", 0) == 0; }

}  // namespace

void BackboneOptions::declare(SettingTable& table) {
  SettingRows backbone = table.section("backbone");
  backbone.text("name", name, "The CNN; small is Tagloom's four-stage CNN for small pictures.", backbone_names());
  backbone
      .text("weights", weights,
            "File of initial weights: .pth, .safetensors, or the index of one in shards; empty draws random ones.")
      .may_change_on_resume();
  backbone.choice("layer", layer,
                  "The features: pool5 = output of the last pooling, fc7 = VGG's second hidden layer, conv5 = mean of the last "
                  "convolution over the picture, logits = the backbone's own classes, conv5_map = every place of the last "
                  "convolution, for attention and class-specific pooling.");
  backbone.choice("precision", precision, "Arithmetic of the backbone (tf32 is fp32 on a CPU).");
  backbone.flag("freeze", freeze, "Do not train the backbone.");
  backbone.integer("finetune_after", finetune_after, count_from(-1),
                   "Iteration from which a frozen backbone is trained too, with optim.backbone; -1 never.");
  backbone.flag("mirrored", mirrored, "Average the features of a picture and of its mirror image (frozen backbones).");
  backbone.choice(
      "stride_in_1x1", stride_in_1x1,
      "ResNet's stride on the first 1x1 convolution (the original) or on the 3x3; auto takes it from the weights file.");
  backbone.three_reals("mean", mean,
                       "Mean of red, green, blue on a scale of 0 to 1; empty takes it from the weights file, else ImageNet's.");
  backbone.three_reals("std", std, "Standard deviation of red, green, blue, on the same scale and with the same defaults.");
}

Backbone::Backbone(BackboneOptions options) : options_(std::move(options)) {
  const auto set = [](std::array<float, 3>& to, const std::vector<double>& values) {
    for (size_t i = 0; i < values.size(); ++i) to.at(i) = static_cast<float>(values[i]);
  };
  set(statistics_.mean, options_.mean);
  set(statistics_.std_, options_.std);
}

Var Backbone::forward(Tape& tape, const Tensor& images, DType dtype) { return forward(tape, images, options_.layer, dtype); }

Var Backbone::forward(Tape& tape, const Tensor& images, BackboneLayer layer, DType dtype) {
  const int64_t channels = images.device().is_cuda() ? 8 : 3;  // cuDNN's fast first layers need eight
  return forward(image_normalize(tape, images, channels, statistics_.mean.data(), statistics_.std_.data(), dtype), layer);
}

Var Backbone::forward(const Var& normalised, BackboneLayer layer) {
  TapeWalk walk(normalised.tape(), normalised);
  return as_real(walk.at(describe(walk, layer)));
}

int64_t Backbone::feature_count(BackboneLayer layer) const {
  check_layer(layer);
  switch (layer) {
    case BackboneLayer::kPool5:
      return is_vgg(options_.name) ? 7 * 7 * channels() : channels();
    case BackboneLayer::kFc7:
      return options_.fc_width;
    case BackboneLayer::kLogits:
      return options_.classes;
    case BackboneLayer::kConv5:
    case BackboneLayer::kConv5Map:
      break;
  }
  return channels();
}

bool Backbone::has_layer(BackboneLayer layer) const {
  return depth_of(layer) <= depth_of(options_.layer) && (layer != BackboneLayer::kFc7 || is_vgg(options_.name));
}

void Backbone::check_layer(BackboneLayer layer) const {
  TL_CHECK(layer != BackboneLayer::kFc7 || is_vgg(options_.name), "[backbone] {} has no layer fc7 (only VGG has one): use pool5",
           options_.name);
  TL_CHECK(has_layer(layer), "[backbone] {} was built up to {}, which does not include {}", options_.name,
           name_of(options_.layer), name_of(layer));
}

std::vector<BatchNorm*> Backbone::batch_norms() {
  BatchNormWalk walk;
  describe(walk, options_.layer);
  return walk.found;
}

void Backbone::freeze_batch_norm(bool frozen) {
  for (BatchNorm* norm : batch_norms()) norm->frozen = frozen;
}

std::optional<Real> Backbone::batch_norm_epsilon() {
  const std::vector<BatchNorm*> norms = batch_norms();
  return norms.empty() ? std::nullopt : std::optional(norms.front()->options.epsilon);
}

void Backbone::set_batch_norm_epsilon(Real epsilon) {
  for (BatchNorm* norm : batch_norms()) norm->options.epsilon = epsilon;
  count_replacement();
}

void Backbone::set_statistics(const ImageStatistics& statistics) {
  statistics_ = statistics;
  count_replacement();
}

const std::vector<std::string>& backbone_names() {
  static const std::vector<std::string> names{"resnet18",
                                              "resnet34",
                                              "resnet50",
                                              "resnet101",
                                              "resnet152",
                                              "resnext50_32x4d",
                                              "resnext101_32x8d",
                                              "resnext101_64x4d",
                                              "wide_resnet50_2",
                                              "wide_resnet101_2",
                                              "resnet50d",
                                              "vgg11",
                                              "vgg13",
                                              "vgg16",
                                              "vgg19",
                                              "vgg11_bn",
                                              "vgg13_bn",
                                              "vgg16_bn",
                                              "vgg19_bn",
                                              "small"};
  return names;
}

std::unique_ptr<Backbone> make_backbone(const BackboneOptions& options) {
  const std::vector<std::string>& names = backbone_names();
  const bool known = std::find(names.begin(), names.end(), options.name) != names.end();
  TL_CHECK(known, "backbone.name: there is no backbone \"{}\"{}", options.name, did_you_mean(options.name, names));
  if (options.name == "small") return std::make_unique<SmallCnn>(options);
  if (is_vgg(options.name)) return std::make_unique<Vgg>(options);
  return std::make_unique<Resnet>(options);
}

}  // namespace tagloom

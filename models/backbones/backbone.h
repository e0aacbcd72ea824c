#pragma once
// A backbone: the CNN that turns a picture into features. ResNet (resnet.h), VGG (vgg.h) and a small CNN (small_cnn.h),
// with torchvision's parameter names.
//
//   auto cnn = make_backbone({.name = "resnet50", .layer = BackboneLayer::kPool5});
//   load_backbone(*cnn, "resnet50.safetensors");
//   Var features = cnn->forward(tape, images);          // to train it; FrozenBackbone is the fast way to read features
#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/io/safetensors.h"
#include "engine/settings/setting_table.h"
#include "models/backbones/backbone_walk.h"

namespace tagloom {

// Mean and standard deviation of red, green and blue on a scale of 0 to 1. The defaults are those of torchvision's ImageNet
// weights.
struct ImageStatistics {
  std::array<float, 3> mean = {0.485f, 0.456f, 0.406f};
  std::array<float, 3> std_ = {0.229f, 0.224f, 0.225f};
};

enum class BackboneLayer { kPool5, kFc7, kConv5, kLogits, kConv5Map };
template <>
inline constexpr auto kEnumNames<BackboneLayer> = names_of<BackboneLayer>({{BackboneLayer::kPool5, "pool5"},
                                                                           {BackboneLayer::kFc7, "fc7"},
                                                                           {BackboneLayer::kConv5, "conv5"},
                                                                           {BackboneLayer::kLogits, "logits"},
                                                                           {BackboneLayer::kConv5Map, "conv5_map"}});

enum class Precision { kFp32, kTf32, kBf16 };
template <>
inline constexpr auto kEnumNames<Precision> =
    names_of<Precision>({{Precision::kFp32, "fp32"}, {Precision::kTf32, "tf32"}, {Precision::kBf16, "bf16"}});

struct BackboneOptions {
  std::string name = "resnet50";                // one of backbone_names()
  std::string weights = {};                     // file that build_tagger() loads; empty: random weights
  BackboneLayer layer = BackboneLayer::kPool5;  // the last layer built
  Precision precision = Precision::kFp32;       // of a tagger's backbone
  bool freeze = true;
  int64_t finetune_after = -1;             // iteration from which a frozen backbone is trained; -1: never
  bool mirrored = false;                   // average the features of the picture and of its mirror image; never trained
  std::optional<bool> stride_in_1x1 = {};  // ResNet; empty: from the weights file's metadata, else on the 3x3
  std::vector<double> mean = {};           // three; empty: from the weights file's metadata, else ImageNet's
  std::vector<double> std = {};
  int64_t classes = 1000;   // of kLogits; from here on not settings
  int64_t fc_width = 4096;  // VGG: hidden units of fc6 and fc7
  double dropout = 0.5;     // VGG: after fc6 and fc7, in training

  void declare(SettingTable& table);  // section backbone
  bool is_fixed() const { return freeze && finetune_after < 0; }
  int64_t trained_from() const { return freeze ? finetune_after : std::max<int64_t>(0, finetune_after); }  // iteration; -1: never
};

class Backbone : public Module {
 public:
  explicit Backbone(BackboneOptions options);

  // Describes the layers in order, up to `layer`; returns the node of the features. Throws Error(kUsage) if there is no such
  // layer.
  virtual BackboneWalk::Node describe(BackboneWalk& walk, BackboneLayer layer) = 0;
  virtual int64_t channels() const = 0;  // of the last convolution

  // images: uint8 [N,H,W,3]; normalised: [N,H,W,3 or 8]. Returns [N, feature_count(layer)], or [N,P,Q,C] for kConv5Map. On a
  // recording tape batch norm uses the batch's statistics, unless freeze_batch_norm() was called.
  Var forward(Tape& tape, const Tensor& images, DType dtype = DType::kReal);
  Var forward(Tape& tape, const Tensor& images, BackboneLayer layer, DType dtype);
  Var forward(const Var& normalised, BackboneLayer layer);

  int64_t feature_count(BackboneLayer layer) const;  // at 224 x 224 pixels; for kConv5Map the channels
  int64_t feature_count() const { return feature_count(options_.layer); }
  const BackboneOptions& options() const { return options_; }
  const ImageStatistics& statistics() const { return statistics_; }
  void set_statistics(const ImageStatistics& statistics);
  virtual std::optional<bool> stride_in_1x1() const { return {}; }  // empty for a network without this choice
  virtual void set_stride_in_1x1(bool) {}
  void freeze_batch_norm(bool frozen);       // uses the running statistics in training too
  std::optional<Real> batch_norm_epsilon();  // empty without batch norm
  void set_batch_norm_epsilon(Real epsilon);

 protected:
  bool has_layer(BackboneLayer layer) const;    // whether it was built
  void check_layer(BackboneLayer layer) const;  // throws if not

  BackboneOptions options_;
  ImageStatistics statistics_;

 private:
  std::vector<BatchNorm*> batch_norms();
};

const std::vector<std::string>& backbone_names();
std::unique_ptr<Backbone> make_backbone(const BackboneOptions& options);  // initial values are not drawn: reset() or load

// Reads weights with the names of torchvision, timm or transformers (weight_names.h) from a file of any format
// (engine/io/tensor_file.h), and takes from its metadata or the settings files beside it what the options leave open:
//   stride_in_1x1 "true"|"false"; image_mean, image_std "r,g,b" on 0 to 1; batch_norm_epsilon "1e-05".
// A file may have more layers than were built (fc of a ResNet built up to pool5); every other difference throws Error(kData).
void load_backbone(Backbone& backbone, const std::string& path);

// Write that metadata from the backbone, and apply it where the backbone's options leave a value open. Numbers keep their bits.
// Throws Error(kData) naming `path`.
SafetensorsMetadata backbone_metadata(Backbone& backbone);
void set_backbone_metadata(Backbone& backbone, const SafetensorsMetadata& metadata, const std::string& path);

// Hashes everything that determines the features except the layer and the precision: weights, statistics, strides.
uint64_t content_hash(Backbone& backbone);

}  // namespace tagloom

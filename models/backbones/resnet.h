#pragma once
// Residual networks with torchvision's parameter names: conv1, bn1, layer1.0.conv1 ... layer4.2.bn3, downsample.0, fc.
//
//   resnet18 ... resnet152   He, Zhang, Ren, Sun: Deep Residual Learning for Image Recognition, CVPR 2016
//   wide_resnet50_2, ...     twice as wide 3x3 (Zagoruyko, Komodakis: Wide Residual Networks, BMVC 2016)
//   resnext50_32x4d, ...     3x3 in 32 groups, of 4 channels in the first stage (Xie, Girshick, Dollar, Tu, He: Aggregated Residual
//                            Transformations for Deep Neural Networks, CVPR 2017)
//   resnet50d                three 3x3 in place of the first 7x7, and shortcuts that average 2x2 pixels instead of skipping three of
//                            them (He et al.: Bag of Tricks for Image Classification, CVPR 2019); timm's names: conv1.0 ... conv1.6
#include "models/backbones/backbone.h"

namespace tagloom {

class Resnet : public Backbone {
 public:
  explicit Resnet(const BackboneOptions& options);
  BackboneWalk::Node describe(BackboneWalk& walk, BackboneLayer layer) override;
  int64_t channels() const override { return channels_; }
  // The stride of a stage is that of its first block's 1x1 convolution (the original network) or of the 3x3 after it
  // (torchvision's "v1.5"). Blocks of two 3x3 convolutions have it on the first one in both cases.
  void set_stride_in_1x1(bool in_1x1) override;
  std::optional<bool> stride_in_1x1() const override { return stride_in_1x1_; }

 private:
  struct BlockSettings {
    int64_t in, width, out, stride, groups;
    bool bottleneck, pooled_shortcut;
  };

  // Two 3x3 convolutions, or 1x1, 3x3, 1x1 ("bottleneck"); their output is added to the input.
  class Block : public Module {
   public:
    explicit Block(const BlockSettings& settings);
    BackboneWalk::Node describe(BackboneWalk& walk, BackboneWalk::Node x);
    void set_stride_in_1x1(bool in_1x1);
    int64_t out() const { return settings_.out; }

   private:
    BlockSettings settings_;
    Conv2d conv1_;
    BatchNorm bn1_;
    Conv2d conv2_;
    BatchNorm bn2_;
    std::optional<Conv2d> conv3_, downsample_;
    std::optional<BatchNorm> bn3_, downsample_bn_;
  };

  struct StemLayer {
    explicit StemLayer(const Conv2dSettings& settings) : conv(settings), norm(settings.out) {}
    Conv2d conv;
    BatchNorm norm;
  };
  void add_stem(const char* conv_name, const char* norm_name, const Conv2dSettings& settings);

  int64_t channels_ = 64;
  bool stride_in_1x1_ = false;
  std::vector<std::unique_ptr<StemLayer>> stem_;  // the layers before the first pooling
  std::vector<std::unique_ptr<Block>> blocks_;
  std::optional<Linear> fc_;
};

}  // namespace tagloom

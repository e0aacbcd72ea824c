#pragma once
// ResNet-18, -34, -50, -101 and -152 (He, Zhang, Ren, Sun: Deep Residual Learning for Image Recognition, CVPR 2016) with
// torchvision's parameter names: conv1, bn1, layer1.0.conv1 ... layer4.2.bn3, downsample.0, fc.
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
  // Two 3x3 convolutions, or 1x1, 3x3, 1x1 ("bottleneck"); their output is added to the input.
  class Block : public Module {
   public:
    Block(int64_t in, int64_t width, int64_t stride, bool bottleneck);
    BackboneWalk::Node describe(BackboneWalk& walk, BackboneWalk::Node x);
    void set_stride_in_1x1(bool in_1x1);
    int64_t out() const { return out_; }

   private:
    int64_t stride_, out_;
    Conv2d conv1_;
    BatchNorm bn1_;
    Conv2d conv2_;
    BatchNorm bn2_;
    std::optional<Conv2d> conv3_, downsample_;
    std::optional<BatchNorm> bn3_, downsample_bn_;
  };

  int64_t channels_ = 64;
  bool stride_in_1x1_ = false;
  Conv2d conv1_;
  BatchNorm bn1_;
  std::vector<std::unique_ptr<Block>> blocks_;
  std::optional<Linear> fc_;
};

}  // namespace tagloom

#pragma once
// VGG-11, -13, -16 and -19, each with and without batch norm (Simonyan, Zisserman: Very Deep Convolutional Networks for
// Large-Scale Image Recognition, ICLR 2015) with torchvision's parameter names: features.0 ..., classifier.0, .3, .6.
//
// fc6 reads 7 x 7 means of the last map, whatever the picture's size (torchvision's rule). Its matrix is stored for maps in
// NHWC order; in files it is for [C, 7, 7].
#include "models/backbones/backbone.h"

namespace tagloom {

class Vgg : public Backbone {
 public:
  explicit Vgg(const BackboneOptions& options);
  BackboneWalk::Node describe(BackboneWalk& walk, BackboneLayer layer) override;
  int64_t channels() const override { return 512; }
  void reset(RandomKey key) override;  // torchvision's: filters He normal, fully connected N(0, 0.01), biases 0

 private:
  struct Stage {
    std::vector<std::unique_ptr<Conv2d>> convs;
    std::vector<std::unique_ptr<BatchNorm>> norms;  // one per convolution, or none
  };
  std::vector<Stage> stages_;  // each is followed by 2 x 2 max pooling
  std::optional<Linear> fc6_, fc7_, fc8_;
};

}  // namespace tagloom

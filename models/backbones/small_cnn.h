#pragma once
// A small CNN for small pictures (the built-in scenes of 64 pixels), trained from scratch in seconds per epoch:
//
//   3x3/2 -> 32, 3x3 -> 48, max 2x2, 3x3 -> 96, max 2x2, 3x3 -> 128, mean          each 3x3 with batch norm and ReLU
//
// About 33 million multiplications per picture of 64 x 64 pixels. Parameters: conv1, bn1 ... conv4, bn4, fc.
#include "models/backbones/backbone.h"

namespace tagloom {

class SmallCnn : public Backbone {
 public:
  explicit SmallCnn(const BackboneOptions& options);
  BackboneWalk::Node describe(BackboneWalk& walk, BackboneLayer layer) override;
  int64_t channels() const override { return 128; }

 private:
  Conv2d conv1_, conv2_, conv3_, conv4_;
  BatchNorm bn1_, bn2_, bn3_, bn4_;
  std::optional<Linear> fc_;
};

}  // namespace tagloom

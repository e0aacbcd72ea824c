#pragma once
// How a backbone says what it is made of. One description serves every way of running it: recorded on a tape to train
// (backbone.cpp), or compiled with batch norm folded into the filters to read features fast (frozen_backbone.h).
#include "engine/nn/layers.h"

namespace tagloom {

class BackboneWalk {
 public:
  using Node = int;  // a value on the way from the picture to the features
  static constexpr Node kPicture = 0, kNone = -1;

  struct ConvStep {
    Conv2d* conv;  // with its own stride and padding
    BatchNorm* norm = nullptr;
    bool relu = true;
    Node residual = kNone;  // added before the ReLU
  };

  virtual ~BackboneWalk() = default;
  virtual Node conv(Node x, const ConvStep& step) = 0;  // relu(norm(conv(x)) + residual)
  virtual Node max_pool(Node x, const Pool2dOptions& options) = 0;
  virtual Node mean(Node x) = 0;                     // [N,H,W,C] -> [N,C]
  virtual Node flat_mean(Node x, int64_t size) = 0;  // [N,H,W,C] -> adaptive means -> [N,size*size*C]
  // Layers on top of each other, ReLU and (in training) dropout behind each but the last; behind that ReLU where `last_relu`.
  virtual Node fully_connected(Node x, const std::vector<Linear*>& layers, bool last_relu = false, Real dropout = 0) = 0;
};

}  // namespace tagloom

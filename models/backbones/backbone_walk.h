#pragma once
// The interface through which a backbone describes its layers. One description serves every way of running them: recorded on a
// tape for training (backbone.cpp), or compiled with batch norm folded into the filters for inference (frozen_backbone.h).
#include "engine/nn/layers.h"

namespace tagloom {

class BackboneWalk {
 public:
  using Node = int;  // a value between the picture and the features
  static constexpr Node kPicture = 0, kNone = -1;

  struct ConvStep {
    Conv2d* conv;  // with its own stride, padding and groups
    BatchNorm* norm = nullptr;
    bool relu = true;
    Node residual = kNone;  // added before the ReLU
  };

  virtual ~BackboneWalk() = default;
  virtual Node conv(Node x, const ConvStep& step) = 0;  // relu(norm(conv(x)) + residual)
  virtual Node max_pool(Node x, const Pool2dOptions& options) = 0;
  virtual Node average_pool(Node x, const Pool2dOptions& options) = 0;  // of the window's pixels inside of the map
  virtual Node mean(Node x) = 0;                                        // [N,H,W,C] -> [N,C]
  virtual Node flat_mean(Node x, int64_t size) = 0;                     // [N,H,W,C] -> adaptive means -> [N,size*size*C]
  // Stacked layers, with ReLU and (in training) dropout after each but the last; ReLU after the last one if `last_relu`.
  virtual Node fully_connected(Node x, const std::vector<Linear*>& layers, bool last_relu = false, Real dropout = 0) = 0;
};

}  // namespace tagloom

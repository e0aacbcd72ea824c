#pragma once
// A backbone that is only read: compiled once, then run on batch after batch without allocating.
//
// Batch norm is folded into the convolution in front of it, computed in double before the filters are rounded:
//   filter'[k] = filter[k] g[k],  bias'[k] = (bias[k] - running_mean[k]) g[k] + beta[k],  g = gamma / sqrt(running_var + epsilon)
// so that a layer is one convolution with bias, residual and ReLU in its epilogue; on the CPU in fp32 a 3x3 of stride 1 by Winograd's
// algorithm. Maps share memory as soon as nobody reads
// them any more. With Precision::kBf16 filters and maps are bfloat16 and sums float.
//
// It is a copy: training the backbone afterwards does not change it.
#include <cstdint>
#include <vector>

#include "kernels/cnn/image_normalize.h"
#include "models/backbones/backbone.h"

namespace tagloom {

// One layer after compilation. Its output is node i + 1 where it stands at place i; node 0 is the picture.
struct FrozenStep {
  enum Kind { kConv, kMaxPool, kMean, kFlatMean, kLinear };
  Kind kind;
  BackboneWalk::Node x, residual = BackboneWalk::kNone;
  Tensor weight, bias;              // kConv [K,R,S,C] and [K], kLinear [M,K] and [M]; in the storage type of the maps
  Tensor winograd;                  // kConv on the CPU in fp32, where it suits: the filter as winograd_conv2d.h wants it
  int64_t stride = 1, padding = 0;  // kConv, kMaxPool
  int64_t size = 0;                 // kMaxPool: window; kFlatMean: side of the result
  bool ceil_mode = false;           // kMaxPool
  bool relu = false;                // kConv, kLinear
};

// What the description of a backbone compiles to; weights on the backbone's device.
std::vector<FrozenStep> compile_backbone(Backbone& backbone, BackboneLayer layer, DType dtype, int64_t picture_channels);

class FrozenBackbone {
 public:
  FrozenBackbone(Backbone& backbone, BackboneLayer layer, Precision precision = Precision::kFp32);
  explicit FrozenBackbone(Backbone& backbone, Precision precision = Precision::kFp32)
      : FrozenBackbone(backbone, backbone.options().layer, precision) {}

  // images: uint8 [N,H,W,3] on the backbone's device; their mirror images are read, if asked. Gives Real [N,F] ([N,P,Q,C] for
  // kConv5Map), which holds until the next call. One call at a time.
  Tensor features(const Tensor& images, bool mirrored = false);
  int64_t feature_count() const { return feature_count_; }  // at 224 x 224 pixels; for kConv5Map the channels

 private:
  struct Node {
    Shape shape;
    DType dtype;
    size_t offset = 0;  // in memory_
    int last_reader = 0;
  };
  std::vector<Node> lay_out(const Tensor& images) const;  // shapes and places of all nodes
  size_t place(std::vector<Node>& nodes) const;           // gives the bytes needed
  const kernels::ImageWindow* mirrored_windows(int64_t count);
  template <class T>
  void run(const Tensor& images, bool mirrored, const std::vector<Node>& nodes, const Tensor& output);
  template <class T>
  void run_step(const FrozenStep& step, const Tensor& x, const Tensor& residual, const Tensor& y) const;

  Device device_;
  ImageStatistics statistics_;
  DType dtype_;
  int64_t picture_channels_, feature_count_;
  std::vector<FrozenStep> steps_;
  std::shared_ptr<Buffer> memory_;  // of all maps
  Tensor output_;
  Tensor windows_;  // int32 [N,3]: of mirrored pictures
};

}  // namespace tagloom

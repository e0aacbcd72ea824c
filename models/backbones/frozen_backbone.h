#pragma once
// A backbone for inference: compiled once, then run on batch after batch without allocating.
//
// Batch norm is folded into the preceding convolution, in double, before the filters are rounded:
//   filter'[k] = filter[k] g[k],  bias'[k] = (bias[k] - running_mean[k]) g[k] + beta[k],  g = gamma / sqrt(running_var + epsilon)
// A layer is then one convolution with bias, residual and ReLU in its epilogue; on the CPU in fp32, 3x3 convolutions of stride 1
// use Winograd's algorithm. The memory of a map is reused after its last reader. With Precision::kBf16 filters and maps are
// bfloat16 and sums float.
//
// It copies the weights: training the backbone afterwards does not change it.
#include <cstdint>
#include <vector>

#include "kernels/cnn/image_normalize.h"
#include "models/backbones/backbone.h"

namespace tagloom {

// One compiled layer. The output of step i is node i + 1; node 0 is the picture.
struct FrozenStep {
  enum Kind { kConv, kMaxPool, kAveragePool, kMean, kFlatMean, kLinear };
  Kind kind;
  BackboneWalk::Node x, residual = BackboneWalk::kNone;
  Tensor weight, bias;              // kConv [K,R,S,C/groups] and [K], kLinear [M,K] and [M]; in the storage type of the maps
  Tensor winograd;                  // kConv on the CPU in fp32, if Winograd applies: the filter transformed for winograd_conv2d.h
  int64_t stride = 1, padding = 0;  // kConv, kMaxPool, kAveragePool
  int64_t groups = 1;               // kConv
  int64_t size = 0;                 // kMaxPool, kAveragePool: window; kFlatMean: side of the result
  bool ceil_mode = false;           // kMaxPool, kAveragePool
  bool relu = false;                // kConv, kLinear
};

// Compiles the description of a backbone; the weights are on the backbone's device.
std::vector<FrozenStep> compile_backbone(Backbone& backbone, BackboneLayer layer, DType dtype, int64_t picture_channels);

class FrozenBackbone {
 public:
  FrozenBackbone(Backbone& backbone, BackboneLayer layer, Precision precision = Precision::kFp32);
  explicit FrozenBackbone(Backbone& backbone, Precision precision = Precision::kFp32)
      : FrozenBackbone(backbone, backbone.options().layer, precision) {}

  // images: uint8 [N,H,W,3] on the backbone's device; mirrored: reads their mirror images. Returns Real [N,F] ([N,P,Q,C] for
  // kConv5Map), valid until the next call. One call at a time.
  Tensor features(const Tensor& images, bool mirrored = false);
  int64_t feature_count() const { return feature_count_; }  // at 224 x 224 pixels; for kConv5Map the channels

 private:
  struct Node {
    Shape shape;
    DType dtype;
    size_t offset = 0;  // in memory_
    int last_reader = 0;
  };
  std::vector<Node> lay_out(const Tensor& images) const;  // shapes and offsets of all nodes
  size_t place(std::vector<Node>& nodes) const;           // sets offsets; returns the bytes needed
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
  Tensor windows_;  // int32 [N,3], for mirrored pictures
};

}  // namespace tagloom

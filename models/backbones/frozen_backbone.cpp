#include "models/backbones/frozen_backbone.h"

#include <algorithm>

#include "kernels/cnn/adaptive_avg_pool2d.h"
#include "kernels/cnn/conv2d.h"
#include "kernels/cnn/image_normalize.h"
#include "kernels/cnn/pool2d.h"
#include "kernels/cnn/winograd_conv2d.h"
#include "kernels/linear/gemm.h"
#include "kernels/linear/linear_relu.h"
#include "kernels/math/cast.h"

namespace tagloom {
namespace {

constexpr size_t kAlignment = 256;

size_t aligned_bytes(const Shape& shape, DType dtype) {
  const size_t bytes = element_count(shape) * dtype_bytes(dtype);
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

kernels::Conv2dShape conv_shape(const FrozenStep& step, const Shape& x) {
  kernels::Conv2dShape shape{x[0], x[1], x[2], x[3], step.weight.size(0), step.weight.size(1), step.weight.size(2)};
  shape.stride = step.stride;
  shape.padding = step.padding;
  shape.groups = step.groups;
  return shape;
}

kernels::Pool2dShape pool_shape(const FrozenStep& step, const Shape& x) {
  if (step.kind == FrozenStep::kMean) return {x[0], x[1], x[2], x[3], x[1], x[2], 1, 0, false};
  return {x[0], x[1], x[2], x[3], step.size, step.size, step.stride, step.padding, step.ceil_mode};
}

bool is_pool(const FrozenStep& step) { return step.kind == FrozenStep::kMaxPool || step.kind == FrozenStep::kAveragePool; }

// Whether the map has room for one window.
bool fits(const FrozenStep& step, const Shape& x) {
  if (step.kind == FrozenStep::kLinear) return true;
  const int64_t window = step.kind == FrozenStep::kConv ? step.weight.size(1) : is_pool(step) ? step.size : 1;
  return std::min(x[1], x[2]) + 2 * step.padding + (step.ceil_mode ? step.stride - 1 : 0) >= window;
}

Shape output_shape(const FrozenStep& step, const Shape& x) {
  switch (step.kind) {
    case FrozenStep::kConv: {
      const kernels::Conv2dShape shape = conv_shape(step, x);
      return {x[0], shape.p(), shape.q(), shape.k};
    }
    case FrozenStep::kMaxPool:
    case FrozenStep::kAveragePool: {
      const kernels::Pool2dShape shape = pool_shape(step, x);
      return {x[0], shape.p(), shape.q(), x[3]};
    }
    case FrozenStep::kMean:
      return {x[0], x[3]};
    case FrozenStep::kFlatMean:
      return {x[0], step.size * step.size * x[3]};
    case FrozenStep::kLinear:
      return {x[0], step.weight.size(0)};
  }
  return {};
}

// The free gaps of one block of memory; take() uses the first gap that is large enough.
class FreeList {
 public:
  size_t take(size_t bytes) {
    for (auto gap = gaps_.begin(); gap != gaps_.end(); ++gap) {
      if (gap->bytes < bytes) continue;
      const size_t offset = gap->offset;
      gap->offset += bytes;
      gap->bytes -= bytes;
      if (gap->bytes == 0) gaps_.erase(gap);
      return offset;
    }
    const bool last_is_free = !gaps_.empty() && gaps_.back().offset + gaps_.back().bytes == end_;
    const size_t offset = last_is_free ? gaps_.back().offset : end_;
    if (last_is_free) gaps_.pop_back();
    end_ = offset + bytes;
    return offset;
  }
  void give_back(size_t offset, size_t bytes) {
    auto next = std::find_if(gaps_.begin(), gaps_.end(), [&](const Gap& gap) { return gap.offset > offset; });
    next = gaps_.insert(next, {offset, bytes});
    if (next + 1 != gaps_.end() && next->offset + next->bytes == (next + 1)->offset) {
      next->bytes += (next + 1)->bytes;
      gaps_.erase(next + 1);
    }
    if (next != gaps_.begin() && (next - 1)->offset + (next - 1)->bytes == next->offset) {
      (next - 1)->bytes += next->bytes;
      gaps_.erase(next);
    }
  }
  size_t end() const { return end_; }

 private:
  struct Gap {
    size_t offset, bytes;
  };
  std::vector<Gap> gaps_;  // by offset, never adjacent
  size_t end_ = 0;
};

template <class T>
void run_conv(kernels::Queue& queue, const FrozenStep& step, const Tensor& x, const Tensor& residual, const Tensor& y) {
  const kernels::Conv2dShape shape = conv_shape(step, x.shape());
  const kernels::Activation activation = step.relu ? kernels::Activation::kRelu : kernels::Activation::kNone;
  const T* added = residual.defined() ? residual.data<T>() : nullptr;
  if constexpr (std::is_same_v<T, Real>) {
    if (step.winograd.defined() && TL_ON_CPU(winograd_pays(shape))) {
      TL_ON_CPU(winograd_conv2d(shape, x.data(), step.winograd.data(), step.bias.data(), added, activation, y.data()));
      return;
    }
  }
  TL_ON(queue,
        conv2d_forward(queue, shape, x.data<T>(), step.weight.data<T>(), step.bias.data<T>(), added, activation, y.data<T>()));
}

template <class In, class Out>
void run_linear(kernels::Queue& queue, const FrozenStep& step, const Tensor& x, const Tensor& y) {
  const int64_t n = x.size(0), k = step.weight.size(1), m = step.weight.size(0);
  TL_CHECK(x.size(1) == k, "[backbone] a fully connected layer takes {} values, got {}", k, x.size(1));
  if (step.relu) {
    kernels::ReluMask none;
    TL_ON(queue, linear_relu_forward(queue, kernels::LinearReluShape{n, k, m}, x.data<In>(), step.weight.data<In>(),
                                     step.bias.data<Out>(), y.data<Out>(), none));
  } else {
    TL_ON(queue, gemm(queue, kernels::GemmShape{n, m, k, false, true}, x.data<In>(), step.weight.data<In>(),
                      step.bias.data<Out>(), y.data<Out>(), kernels::Into::kOverwrite));
  }
}

}  // namespace

FrozenBackbone::FrozenBackbone(Backbone& backbone, BackboneLayer layer, Precision precision)
    : device_(backbone.parameters().front()->value.device()),
      statistics_(backbone.statistics()),
      dtype_(precision == Precision::kBf16 ? DType::kBf16 : DType::kReal),
      picture_channels_(device_.is_cuda() ? 8 : 3),  // cuDNN's fast first layers need eight
      feature_count_(backbone.feature_count(layer)),
      steps_(compile_backbone(backbone, layer, dtype_, picture_channels_)) {}

std::vector<FrozenBackbone::Node> FrozenBackbone::lay_out(const Tensor& images) const {
  std::vector<Node> nodes(steps_.size() + 1);
  nodes[0] = {{images.size(0), images.size(1), images.size(2), picture_channels_}, dtype_};
  for (size_t i = 0; i < steps_.size(); ++i) {
    const FrozenStep& step = steps_[i];
    const bool last = i + 1 == steps_.size();
    const Shape& x = nodes[step.x].shape;
    TL_CHECK(fits(step, x), "[backbone] pictures of {} x {} pixels are too small", images.size(1), images.size(2));
    nodes[i + 1] = {output_shape(step, x), last && step.kind == FrozenStep::kLinear ? DType::kReal : dtype_};
    nodes[step.x].last_reader = static_cast<int>(i);
    if (step.residual != BackboneWalk::kNone) nodes[step.residual].last_reader = static_cast<int>(i);
  }
  return nodes;
}

size_t FrozenBackbone::place(std::vector<Node>& nodes) const {
  FreeList memory;
  const auto bytes = [&](int node) { return aligned_bytes(nodes[node].shape, nodes[node].dtype); };
  nodes[0].offset = memory.take(bytes(0));
  for (size_t i = 0; i < steps_.size(); ++i) {
    nodes[i + 1].offset = memory.take(bytes(i + 1));
    const FrozenStep& step = steps_[i];
    for (const BackboneWalk::Node read : {step.x, step.residual}) {
      const bool twice = read == step.residual && step.residual == step.x;
      if (read == BackboneWalk::kNone || nodes[read].last_reader != static_cast<int>(i) || twice) continue;
      memory.give_back(nodes[read].offset, bytes(read));
    }
  }
  return memory.end();
}

Tensor FrozenBackbone::features(const Tensor& images, bool mirrored) {
  TL_CHECK(images.rank() == 4 && images.size(3) == 3 && images.dtype() == DType::kByte,
           "[backbone] reads uint8 [N,H,W,3], got {} {}", dtype_name(images.dtype()), images.shape());
  TL_CHECK(images.device() == device_, "[backbone] the weights are on {}, the pictures on {}", device_.name(),
           images.device().name());
  std::vector<Node> nodes = lay_out(images);
  const size_t needed = place(nodes);
  if (!memory_ || memory_->bytes() < needed) {
    memory_.reset();  // frees it before allocating the larger one
    memory_ = std::make_shared<Buffer>(device_, needed);
  }
  const Shape& shape = nodes.back().shape;
  const int64_t count = element_count(shape);
  if (!output_.defined() || output_.count() < count) output_ = Tensor::empty({count}, DType::kReal, device_);
  Tensor output = output_.rows(0, count).view(shape);
  if (images.size(0) == 0) return output;
  if (dtype_ == DType::kBf16) {
    run<Bf16>(images, mirrored, nodes, output);
  } else {
    run<Real>(images, mirrored, nodes, output);
  }
  return output;
}

const kernels::ImageWindow* FrozenBackbone::mirrored_windows(int64_t count) {
  if (!windows_.defined() || windows_.size(0) < count) {
    std::vector<int32_t> numbers;
    for (int64_t i = 0; i < count; ++i) numbers.insert(numbers.end(), {0, 0, 1});
    windows_ = Tensor::from(numbers, {count, 3}, device_);
  }
  return reinterpret_cast<const kernels::ImageWindow*>(windows_.data<int32_t>());
}

template <class T>
void FrozenBackbone::run(const Tensor& images, bool mirrored, const std::vector<Node>& nodes, const Tensor& output) {
  kernels::Queue& queue = device_.queue();
  const auto tensor = [&](int node) { return Tensor(memory_, nodes[node].offset, nodes[node].shape, nodes[node].dtype); };
  kernels::ImageNormalizeShape shape{images.size(0), images.size(1), images.size(2), picture_channels_, {}, {}};
  std::copy(statistics_.mean.begin(), statistics_.mean.end(), shape.mean);
  std::copy(statistics_.std_.begin(), statistics_.std_.end(), shape.std_);
  kernels::ImageWindows windows;
  if (mirrored) windows = {shape.h, shape.w, mirrored_windows(shape.n)};
  T* picture = tensor(0).template data<T>();
  TL_ON(queue, image_normalize(queue, shape, windows, images.data<uint8_t>(), picture));
  const int last = static_cast<int>(steps_.size());
  for (int i = 0; i < last; ++i) {
    const FrozenStep& step = steps_[i];
    const bool into_output = i + 1 == last && nodes[last].dtype == DType::kReal;
    const Tensor residual = step.residual == BackboneWalk::kNone ? Tensor() : tensor(step.residual);
    run_step<T>(step, tensor(step.x), residual, into_output ? output : tensor(i + 1));
  }
  if constexpr (std::is_same_v<T, Bf16>) {
    if (nodes[last].dtype == DType::kBf16)
      TL_ON(queue, cast(queue, output.count(), tensor(last).template data<Bf16>(), output.data()));
  }
}

template <class T>
void FrozenBackbone::run_step(const FrozenStep& step, const Tensor& x, const Tensor& residual, const Tensor& y) const {
  kernels::Queue& queue = device_.queue();
  switch (step.kind) {
    case FrozenStep::kConv:
      return run_conv<T>(queue, step, x, residual, y);
    case FrozenStep::kMaxPool:
      TL_ON(queue, max_pool2d_forward(queue, pool_shape(step, x.shape()), x.data<T>(), y.data<T>(), nullptr));
      return;
    case FrozenStep::kAveragePool:
    case FrozenStep::kMean:
      TL_ON(queue, avg_pool2d_forward(queue, pool_shape(step, x.shape()), x.data<T>(), y.data<T>()));
      return;
    case FrozenStep::kFlatMean: {
      const kernels::AdaptivePool2dShape shape{x.size(0), x.size(1), x.size(2), x.size(3), step.size, step.size};
      TL_ON(queue, adaptive_avg_pool2d_forward(queue, shape, x.data<T>(), y.data<T>()));
      return;
    }
    case FrozenStep::kLinear: {
      if (y.dtype() == DTypeOf<T>::value) return run_linear<T, T>(queue, step, x, y);
      return run_linear<T, Real>(queue, step, x, y);
    }
  }
}

}  // namespace tagloom

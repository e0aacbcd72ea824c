// 2-D convolution, NHWC, optionally followed by ReLU: then backward first replaces dy by dz, which is dy where y > 0, else 0, and
// computes the other gradients from it. The gradient of the filter is Real for every type of activations.
#include "kernels/cnn/conv2d.h"

#include "engine/ops/ops.h"
#include "engine/tape/dispatch.h"
#include "kernels/linear/bias.h"
#include "kernels/math/activations.h"

namespace tagloom {

using kernels::Conv2dShape;

namespace {

// A parameter in the type of the activations.
template <class T>
const T* parameter_as(const Var& parameter) {
  if constexpr (std::is_same_v<T, Real>) {
    return parameter.data();
  } else {
    return parameter.rounded().data<T>();
  }
}

}  // namespace

Var conv2d(const Var& x, const Var& filter, const Var& bias, const Conv2dOptions& options) {
  TL_CHECK(x.rank() == 4 && filter.rank() == 4 && x.size(3) == filter.size(3) * options.groups,
           "[conv2d] x is {} (N,H,W,C), filter is {} (K,R,S,C/groups), groups are {}: channels differ", x.shape(), filter.shape(),
           options.groups);
  TL_CHECK(!bias.defined() || bias.shape() == Shape{filter.size(0)}, "[conv2d] filter is {}, bias is {}", filter.shape(),
           bias.shape());
  Conv2dShape shape;
  shape.n = x.size(0), shape.h = x.size(1), shape.w = x.size(2), shape.c = x.size(3);
  shape.k = filter.size(0), shape.r = filter.size(1), shape.s = filter.size(2);
  shape.stride = options.stride, shape.padding = options.padding, shape.dilation = options.dilation;
  shape.groups = options.groups;
  TL_CHECK(shape.p() > 0 && shape.q() > 0, "[conv2d] a {} picture is too small for a {} filter", x.shape(), filter.shape());
  Tape& tape = x.tape();
  Tensor y = tape.empty(x.device(), {shape.n, shape.p(), shape.q(), shape.k}, x.value().dtype());
  return on_storage(x.value().dtype(), "conv2d", [&](auto type) {
    using T = decltype(type);
    const T* w = parameter_as<T>(filter);
    const T* shift = bias.defined() ? parameter_as<T>(bias) : nullptr;
    const kernels::Activation activation = options.relu ? kernels::Activation::kRelu : kernels::Activation::kNone;
    TL_ON(x.queue(), conv2d_forward(x.queue(), shape, x.data<T>(), w, shift, nullptr, activation, y.data<T>()));
    std::vector<Var> inputs{x, filter};
    if (bias.defined()) inputs.push_back(bias);
    return tape.record("conv2d", inputs, y, [shape, w, has_bias = bias.defined(), relu = options.relu](Backward& b) {
      const int64_t rows = shape.n * shape.p() * shape.q();
      const bool wants_bias = has_bias && b.wants(2);
      const T* dy = b.doutput(0).data<T>();
      if (relu) {
        T* const dz = b.take_doutput(0).template data<T>();
        const T* const output = b.output(0).data<T>();
        if (wants_bias) {
          TL_ON(b.queue(), relu_bias_backward(b.queue(), rows, shape.k, output, dz, dz, b.dinput(2).data(), b.into(2)));
        } else {
          TL_ON(b.queue(), relu_backward(b.queue(), rows * shape.k, output, dz, dz, kernels::Into::kOverwrite));
        }
      } else if (wants_bias) {
        TL_ON(b.queue(), bias_backward(b.queue(), rows, shape.k, dy, b.dinput(2).data(), b.into(2)));
      }
      if (b.wants(0)) TL_ON(b.queue(), conv2d_backward_data(b.queue(), shape, w, dy, b.dinput(0).data<T>(), b.into(0)));
      if (b.wants(1)) {
        TL_ON(b.queue(), conv2d_backward_filter(b.queue(), shape, b.input(0).data<T>(), dy, b.dinput(1).data(), b.into(1)));
      }
    });
  });
}

}  // namespace tagloom

// A stack of fully connected layers. With dz the gradient of a layer's input to ReLU: dW = dz^T x, db = column sums of dz, and
// one op computes the dz of the layer below, the product dz W with the mask applied.
//
// If x is bf16, so are the weights in products, the values between layers, and their dz. Sums, the last layer's y and the
// gradients of parameters are Real.
#include "kernels/linear/linear_relu.h"

#include "engine/ops/ops.h"
#include "engine/tape/dispatch.h"
#include "kernels/linear/bias.h"
#include "kernels/linear/gemm.h"
#include "kernels/math/activations.h"
#include "kernels/math/cast.h"
#include "kernels/math/dropout.h"

namespace tagloom {

using kernels::GemmShape;
using kernels::Into;
using kernels::LinearReluShape;
using kernels::ReluMask;

namespace {

// A layer's values for backward.
struct PassedLayer {
  int64_t in, out;
  Tensor weight, y;  // as T, but the last layer's y is Real; y is after ReLU and dropout
  Tensor mask_bits;  // defined on CUDA: the mask as bits
  ReluMask mask;     // unused in the last layer
  OpKey key;         // of the dropout after it, if any
};

// The gradients of the last layer's input to ReLU (if it has one), as T, and of its bias.
template <class T>
Tensor top_gradient(Backward& b, const PassedLayer& layer, int64_t n, bool with_relu) {
  kernels::Queue& queue = b.queue();
  Tensor dz = b.take_doutput(0);
  if (with_relu && b.wants(0)) {
    TL_ON(queue, relu_bias_backward(queue, n, layer.out, layer.y.data(), dz.data(), dz.data(), b.dinput(0).data(), b.into(0)));
  } else if (with_relu) {
    TL_ON(queue, relu_backward(queue, dz.count(), layer.y.data(), dz.data(), dz.data(), Into::kOverwrite));
  } else if (b.wants(0)) {
    TL_ON(queue, bias_backward(queue, n, layer.out, dz.data(), b.dinput(0).data(), b.into(0)));
  }
  if constexpr (std::is_same_v<T, Real>) {
    return dz;
  } else {
    Tensor rounded = b.scratch(dz.shape(), DTypeOf<T>::value);
    TL_ON(queue, cast(queue, dz.count(), dz.data(), rounded.data<T>()));
    return rounded;
  }
}

template <class T>
void backward_through(Backward& b, const std::vector<PassedLayer>& layers, const Tensor& x, int64_t n, Real dropout,
                      bool last_relu) {
  kernels::Queue& queue = b.queue();
  const int count = static_cast<int>(layers.size());
  Tensor dz = top_gradient<T>(b, layers.back(), n, last_relu);
  bool bias_done = true;
  // The inputs, and so their gradients, are in the order bias, weight of the last layer, ..., of the first layer, x.
  const int x_input = 2 * count;
  int lowest = x_input;
  while (!b.wants(lowest)) --lowest;
  for (int i = count - 1; i >= 0; --i) {
    const PassedLayer& layer = layers[i];
    const int bias_input = 2 * (count - 1 - i), weight_input = bias_input + 1;
    if (b.wants(bias_input) && !bias_done) {
      TL_ON(queue, bias_backward(queue, n, layer.out, dz.data<T>(), b.dinput(bias_input).data(), b.into(bias_input)));
    }
    if (b.wants(weight_input)) {
      const Tensor& below = i > 0 ? layers[i - 1].y : x;
      TL_ON(queue, gemm(queue, GemmShape{layer.out, layer.in, n, true, false}, dz.data<T>(), below.data<T>(),
                        static_cast<Real*>(nullptr), b.dinput(weight_input).data(), b.into(weight_input)));
    }
    if (lowest <= weight_input) return;
    if (i == 0) {
      TL_ON(queue, gemm(queue, GemmShape{n, layer.in, layer.out}, dz.data<T>(), layer.weight.data<T>(), static_cast<T*>(nullptr),
                        b.dinput(x_input).data<T>(), b.into(x_input)));
      return;
    }
    const PassedLayer& below = layers[i - 1];
    const int below_bias = bias_input + 2;
    bias_done = b.wants(below_bias) && dropout == 0;
    Real* dbias = bias_done ? b.dinput(below_bias).data() : nullptr;
    const Tensor dbelow = b.scratch({n, below.out}, DTypeOf<T>::value);
    TL_ON(queue, linear_relu_backward(queue, LinearReluShape{n, layer.out, below.out}, dz.data<T>(), layer.weight.data<T>(),
                                      below.y.data<T>(), below.mask, dbelow.data<T>(), dbias, b.into(below_bias)));
    if (dropout > 0) {
      TL_ON(queue,
            dropout_backward(queue, dbelow.count(), dropout, below.key, dbelow.data<T>(), dbelow.data<T>(), Into::kOverwrite));
    }
    dz = dbelow;
  }
}

// y: T, but Real in the last layer.
template <class T, class Out>
void layer_forward(const Var& x, const Tensor& below, PassedLayer& layer, const Out* bias, bool with_relu) {
  const int64_t n = below.size(0);
  if (with_relu) {
    TL_ON(x.queue(), linear_relu_forward(x.queue(), LinearReluShape{n, layer.in, layer.out}, below.data<T>(),
                                         layer.weight.data<T>(), bias, layer.y.data<Out>(), layer.mask));
  } else {
    TL_ON(x.queue(), gemm(x.queue(), GemmShape{n, layer.out, layer.in, false, true}, below.data<T>(), layer.weight.data<T>(),
                          bias, layer.y.data<Out>(), Into::kOverwrite));
  }
}

template <class T>
Var stack(const Var& x, const std::vector<FullyConnected>& layers, Real dropout, bool last_relu) {
  constexpr bool kRounds = !std::is_same_v<T, Real>;
  Tape& tape = x.tape();
  const int64_t n = x.size(0);
  std::vector<PassedLayer> passed;
  Tensor below = x.value();
  for (const FullyConnected& layer : layers) {
    const Tensor &weight = layer.weight.value(), &bias = layer.bias.value();
    TL_CHECK(weight.rank() == 2 && weight.size(1) == below.size(1), "[linear_relu] x is {}, weight is {}: inner sizes differ",
             below.shape(), weight.shape());
    TL_CHECK(bias.shape() == Shape{weight.size(0)}, "[linear_relu] weight is {}, bias is {}", weight.shape(), bias.shape());
    const bool last = &layer == &layers.back();
    PassedLayer& made = passed.emplace_back();
    made.in = weight.size(1), made.out = weight.size(0);
    made.weight = kRounds ? layer.weight.rounded() : weight;
    made.y = tape.empty(x.device(), {n, made.out}, last ? DType::kReal : DTypeOf<T>::value);
    if (last) {
      layer_forward<T>(x, below, made, bias.data(), last_relu);
    } else {
      if (tape.recording() && x.device().is_cuda()) {
        made.mask_bits = tape.empty(x.device(), {kernels::relu_mask_bytes(n, made.out)}, DType::kByte);
        made.mask.bits = made.mask_bits.data<uint8_t>();
      }
      layer_forward<T>(x, below, made, (kRounds ? layer.bias.rounded() : bias).data<T>(), true);
      if (dropout > 0) {
        made.key = tape.next_op_key();
        TL_ON(x.queue(), dropout_forward(x.queue(), made.y.count(), dropout, made.key, made.y.data<T>(), made.y.data<T>()));
      }
    }
    below = made.y;
  }
  std::vector<Var> inputs;
  for (auto layer = layers.rbegin(); layer != layers.rend(); ++layer) inputs.insert(inputs.end(), {layer->bias, layer->weight});
  inputs.push_back(x);
  return tape.record("linear_relu", inputs, below,
                     [=, input = x.value()](Backward& b) { backward_through<T>(b, passed, input, n, dropout, last_relu); });
}

}  // namespace

Var linear_relu(const Var& x, const std::vector<FullyConnected>& layers, Real dropout, bool last_relu) {
  TL_CHECK(!layers.empty() && x.rank() == 2, "[linear_relu] x is {}, with {} layers", x.shape(), layers.size());
  TL_CHECK(dropout >= 0 && dropout < 1, "[linear_relu] the probability of dropout must be in [0, 1), got {}", dropout);
  if (!x.tape().training()) dropout = 0;
  return on_storage(x.value().dtype(), "linear_relu",
                    [&](auto type) { return stack<decltype(type)>(x, layers, dropout, last_relu); });
}

}  // namespace tagloom

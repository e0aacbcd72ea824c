// Fully connected layers on top of each other. With dz the gradient of what a layer's ReLU saw: dW = dz^T x, db = column sums of dz,
// and the dz of the layer below comes out of the product dz W, masked, in one op.
#include "kernels/linear/linear_relu.h"

#include "engine/ops/ops.h"
#include "kernels/activation/dropout.h"
#include "kernels/activation/relu.h"
#include "kernels/linear/bias.h"
#include "kernels/linear/gemm.h"

namespace tagloom {

using kernels::GemmShape;
using kernels::Into;
using kernels::LinearReluShape;
using kernels::ReluMask;

namespace {

// What backward needs of a layer.
struct PassedLayer {
  int64_t in, out;
  Tensor weight, y;  // y: after ReLU and dropout
  Tensor mask_bits;  // defined on CUDA: y may be masked again from bits
  ReluMask mask;     // not of the last layer
  RandomKey key;     // of the dropout after it, if there is one
};

void backward_through(Backward& b, const std::vector<PassedLayer>& layers, const Tensor& x, int64_t n, Real dropout,
                      bool last_relu) {
  kernels::Queue& queue = b.queue();
  const int count = static_cast<int>(layers.size());
  Tensor dz = b.take_doutput(0);
  bool bias_done = last_relu && b.wants(0);
  if (bias_done) {
    TL_ON(queue, relu_bias_backward(queue, n, layers.back().out, layers.back().y.data(), dz.data(), dz.data(), b.dinput(0).data(),
                                    b.into(0)));
  } else if (last_relu) {
    TL_ON(queue, relu_backward(queue, dz.count(), layers.back().y.data(), dz.data(), dz.data(), Into::kOverwrite));
  }
  // The inputs, and so their gradients, are in the order bias, weight of the last layer, ..., of the first layer, x.
  const int x_input = 2 * count;
  int lowest = x_input;
  while (!b.wants(lowest)) --lowest;
  for (int i = count - 1; i >= 0; --i) {
    const PassedLayer& layer = layers[i];
    const int bias_input = 2 * (count - 1 - i), weight_input = bias_input + 1;
    if (b.wants(bias_input) && !bias_done) {
      TL_ON(queue, bias_backward(queue, n, layer.out, dz.data(), b.dinput(bias_input).data(), b.into(bias_input)));
    }
    if (b.wants(weight_input)) {
      const Tensor& below = i > 0 ? layers[i - 1].y : x;
      TL_ON(queue, gemm(queue, GemmShape{layer.out, layer.in, n, true, false}, dz.data(), below.data(),
                        static_cast<Real*>(nullptr), b.dinput(weight_input).data(), b.into(weight_input)));
    }
    if (lowest <= weight_input) return;
    if (i == 0) {
      TL_ON(queue, gemm(queue, GemmShape{n, layer.in, layer.out}, dz.data(), layer.weight.data(), static_cast<Real*>(nullptr),
                        b.dinput(x_input).data(), b.into(x_input)));
      return;
    }
    const PassedLayer& below = layers[i - 1];
    const int below_bias = bias_input + 2;
    bias_done = b.wants(below_bias) && dropout == 0;
    Real* dbias = bias_done ? b.dinput(below_bias).data() : nullptr;
    const Tensor dbelow = b.scratch({n, below.out});
    TL_ON(queue, linear_relu_backward(queue, LinearReluShape{n, layer.out, below.out}, dz.data(), layer.weight.data(),
                                      below.y.data(), below.mask, dbelow.data(), dbias, b.into(below_bias)));
    if (dropout > 0) {
      TL_ON(queue, dropout_backward(queue, dbelow.count(), dropout, below.key, dbelow.data(), dbelow.data(), Into::kOverwrite));
    }
    dz = dbelow;
  }
}

}  // namespace

Var linear_relu(const Var& x, const std::vector<FullyConnected>& layers, Real dropout, bool last_relu) {
  TL_CHECK(!layers.empty() && x.rank() == 2, "[linear_relu] x is {}, with {} layers", x.shape(), layers.size());
  TL_CHECK(dropout >= 0 && dropout < 1, "[linear_relu] the probability of dropout must be in [0, 1), got {}", dropout);
  Tape& tape = x.tape();
  if (!tape.training()) dropout = 0;
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
    made.weight = weight;
    made.y = tape.empty(x.device(), {n, made.out});
    if (last && !last_relu) {
      TL_ON(x.queue(), gemm(x.queue(), GemmShape{n, made.out, made.in, false, true}, below.data(), weight.data(), bias.data(),
                            made.y.data(), Into::kOverwrite));
    } else {
      if (!last && tape.recording() && x.device().is_cuda()) {
        made.mask_bits = tape.empty(x.device(), {kernels::relu_mask_bytes(n, made.out)}, DType::kByte);
        made.mask.bits = made.mask_bits.data<uint8_t>();
      }
      TL_ON(x.queue(), linear_relu_forward(x.queue(), LinearReluShape{n, made.in, made.out}, below.data(), weight.data(),
                                           bias.data(), made.y.data(), made.mask));
    }
    if (!last && dropout > 0) {
      made.key = tape.next_random_key();
      TL_ON(x.queue(), dropout_forward(x.queue(), made.y.count(), dropout, made.key, made.y.data(), made.y.data()));
    }
    below = made.y;
  }
  std::vector<Var> inputs;
  for (auto layer = layers.rbegin(); layer != layers.rend(); ++layer) inputs.insert(inputs.end(), {layer->bias, layer->weight});
  inputs.push_back(x);
  return tape.record("linear_relu", inputs, below,
                     [=, input = x.value()](Backward& b) { backward_through(b, passed, input, n, dropout, last_relu); });
}

}  // namespace tagloom

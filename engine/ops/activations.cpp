// Activations, with gradients computed from their outputs: elementwise ones, softmax over rows, and dropout, whose mask is not
// stored but drawn again in backward.
#include "kernels/math/activations.h"

#include "engine/ops/ops.h"
#include "engine/tape/dispatch.h"
#include "kernels/loss/softmax_xent.h"
#include "kernels/math/dropout.h"

namespace tagloom {
namespace {

// y = f(x), with a gradient computed from y.
template <class Forward, class Gradient>
Var activation(const Var& x, const char* name, const Forward& forward, const Gradient& gradient) {
  const int64_t n = x.value().count();
  const Tensor y = x.tape().empty(x.device(), x.shape());
  forward(x.queue(), n, x.data(), y.data());
  return x.tape().record(name, {x}, y, [n, gradient](Backward& b) {
    gradient(b.queue(), n, b.output(0).data(), b.doutput(0).data(), b.dinput(0).data(), b.into(0));
  });
}

}  // namespace

Var relu(const Var& x) {
  const int64_t n = x.value().count();
  Tensor y = x.tape().empty(x.device(), x.shape(), x.value().dtype());
  return on_storage(x.value().dtype(), "relu", [&](auto type) {
    using T = decltype(type);
    TL_ON(x.queue(), relu_forward(x.queue(), n, x.data<T>(), y.data<T>()));
    return x.tape().record("relu", {x}, y, [n](Backward& b) {
      TL_ON(b.queue(),
            relu_backward(b.queue(), n, b.output(0).data<T>(), b.doutput(0).data<T>(), b.dinput(0).data<T>(), b.into(0)));
    });
  });
}

Var tanh(const Var& x) {
  return activation(
      x, "tanh", [](auto& q, auto... a) { TL_ON(q, tanh_forward(q, a...)); },
      [](auto& q, auto... a) { TL_ON(q, tanh_backward(q, a...)); });
}

Var sigmoid(const Var& x) {
  return activation(
      x, "sigmoid", [](auto& q, auto... a) { TL_ON(q, sigmoid_forward(q, a...)); },
      [](auto& q, auto... a) { TL_ON(q, sigmoid_backward(q, a...)); });
}

Var signed_root(const Var& x) {
  return activation(
      x, "signed_root", [](auto& q, auto... a) { TL_ON(q, signed_root_forward(q, a...)); },
      [](auto& q, auto... a) { TL_ON(q, signed_root_backward(q, a...)); });
}

Var softmax(const Var& x) {
  TL_CHECK(x.rank() == 2, "[softmax] needs [rows, columns], got {}", x.shape());
  const kernels::SoftmaxXentShape shape{x.size(0), x.size(1)};
  Tensor y = x.tape().empty(x.device(), x.shape());
  TL_ON(x.queue(), softmax_forward(x.queue(), shape, x.data(), y.data()));
  return x.tape().record("softmax", {x}, y, [shape](Backward& b) {
    TL_ON(b.queue(), softmax_backward(b.queue(), shape, b.output(0).data(), b.doutput(0).data(), b.dinput(0).data(), b.into(0)));
  });
}

Var dropout(const Var& x, Real probability) {
  TL_CHECK(probability >= 0 && probability < 1, "[dropout] the probability must be in [0, 1), got {}", probability);
  if (!x.tape().training() || probability == 0) return x;
  const int64_t n = x.value().count();
  const OpKey key = x.tape().next_op_key();
  Tensor y = x.tape().empty(x.device(), x.shape());
  TL_ON(x.queue(), dropout_forward(x.queue(), n, probability, key, x.data(), y.data()));
  return x.tape().record("dropout", {x}, y, [n, probability, key](Backward& b) {
    TL_ON(b.queue(), dropout_backward(b.queue(), n, probability, key, b.doutput(0).data(), b.dinput(0).data(), b.into(0)));
  });
}

}  // namespace tagloom

// relu, tanh, sigmoid and signed_root: elementwise, their gradients from their outputs.
#include "engine/ops/ops.h"
#include "engine/tape/dispatch.h"
#include "kernels/activation/relu.h"
#include "kernels/activation/sigmoid.h"
#include "kernels/activation/signed_root.h"
#include "kernels/activation/tanh.h"

namespace tagloom {

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
  const int64_t n = x.value().count();
  Tensor y = x.tape().empty(x.device(), x.shape());
  TL_ON(x.queue(), tanh_forward(x.queue(), n, x.data(), y.data()));
  return x.tape().record("tanh", {x}, y, [n](Backward& b) {
    TL_ON(b.queue(), tanh_backward(b.queue(), n, b.output(0).data(), b.doutput(0).data(), b.dinput(0).data(), b.into(0)));
  });
}

Var signed_root(const Var& x) {
  const int64_t n = x.value().count();
  Tensor y = x.tape().empty(x.device(), x.shape());
  TL_ON(x.queue(), signed_root_forward(x.queue(), n, x.data(), y.data()));
  return x.tape().record("signed_root", {x}, y, [n](Backward& b) {
    TL_ON(b.queue(), signed_root_backward(b.queue(), n, b.output(0).data(), b.doutput(0).data(), b.dinput(0).data(), b.into(0)));
  });
}

Var sigmoid(const Var& x) {
  const int64_t n = x.value().count();
  Tensor y = x.tape().empty(x.device(), x.shape());
  TL_ON(x.queue(), sigmoid_forward(x.queue(), n, x.data(), y.data()));
  return x.tape().record("sigmoid", {x}, y, [n](Backward& b) {
    TL_ON(b.queue(), sigmoid_backward(b.queue(), n, b.output(0).data(), b.doutput(0).data(), b.dinput(0).data(), b.into(0)));
  });
}

}  // namespace tagloom

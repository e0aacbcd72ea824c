// y = x W^T + b:  dx = dy W,  dW = dy^T x,  db = column sums of dy.
#include "engine/ops/ops.h"
#include "kernels/linear/bias.h"
#include "kernels/linear/gemm.h"
#include "kernels/math/cast.h"

namespace tagloom {

using kernels::GemmShape;
using kernels::Into;

namespace {

// The same with bfloat16 products: x is bf16, weight and dy are rounded, sums, y and the weights' gradients are Real.
Var linear_bf16(const Var& x, const Var& weight, const Var& bias) {
  if constexpr (sizeof(Real) == sizeof(float)) {
    const int64_t n = x.size(0), k = x.size(1), m = weight.size(0);
    Tape& tape = x.tape();
    Tensor y = tape.empty(x.device(), {n, m}), rounded = weight.rounded();
    TL_ON(x.queue(), gemm(x.queue(), GemmShape{n, m, k, false, true}, x.data<Bf16>(), rounded.data<Bf16>(),
                          bias.defined() ? bias.data() : static_cast<const Real*>(nullptr), y.data(), Into::kOverwrite));
    std::vector<Var> inputs{x, weight};
    if (bias.defined()) inputs.push_back(bias);
    return tape.record("linear", inputs, y, [n, k, m, rounded, has_bias = bias.defined()](Backward& b) {
      const Real* nothing = nullptr;
      if (b.wants(0) || b.wants(1)) {
        const Tensor dy = b.scratch({n, m}, DType::kBf16);
        TL_ON(b.queue(), cast(b.queue(), n * m, b.doutput(0).data(), dy.data<Bf16>()));
        if (b.wants(0)) {
          TL_ON(b.queue(), gemm(b.queue(), GemmShape{n, k, m, false, false}, dy.data<Bf16>(), rounded.data<Bf16>(),
                                static_cast<const Bf16*>(nullptr), b.dinput(0).data<Bf16>(), b.into(0)));
        }
        if (b.wants(1)) {
          TL_ON(b.queue(), gemm(b.queue(), GemmShape{m, k, n, true, false}, dy.data<Bf16>(), b.input(0).data<Bf16>(), nothing,
                                b.dinput(1).data(), b.into(1)));
        }
      }
      if (has_bias && b.wants(2))
        TL_ON(b.queue(), bias_backward(b.queue(), n, m, b.doutput(0).data(), b.dinput(2).data(), b.into(2)));
    });
  } else {
    fail(ErrorKind::kUsage, "[linear] has no kernel for {}", dtype_name(x.value().dtype()));
  }
}

}  // namespace

Var linear(const Var& x, const Var& weight, const Var& bias) {
  TL_CHECK(x.rank() == 2 && weight.rank() == 2 && x.size(1) == weight.size(1),
           "[linear] x is {}, weight is {}: inner sizes differ", x.shape(), weight.shape());
  TL_CHECK(!bias.defined() || bias.shape() == Shape{weight.size(0)}, "[linear] weight is {}, bias is {}", weight.shape(),
           bias.shape());
  if (x.value().dtype() == DType::kBf16) return linear_bf16(x, weight, bias);
  const int64_t n = x.size(0), k = x.size(1), m = weight.size(0);
  Tensor y = x.tape().empty(x.device(), {n, m});
  TL_ON(x.queue(), gemm(x.queue(), GemmShape{n, m, k, false, true}, x.data(), weight.data(),
                        bias.defined() ? bias.data() : nullptr, y.data(), Into::kOverwrite));
  std::vector<Var> inputs{x, weight};
  if (bias.defined()) inputs.push_back(bias);
  return x.tape().record("linear", inputs, y, [n, k, m, has_bias = bias.defined()](Backward& b) {
    const Real* dy = b.doutput(0).data();
    if (b.wants(0)) {
      TL_ON(b.queue(),
            gemm(b.queue(), GemmShape{n, k, m, false, false}, dy, b.input(1).data(), nullptr, b.dinput(0).data(), b.into(0)));
    }
    if (b.wants(1)) {
      TL_ON(b.queue(),
            gemm(b.queue(), GemmShape{m, k, n, true, false}, dy, b.input(0).data(), nullptr, b.dinput(1).data(), b.into(1)));
    }
    if (has_bias && b.wants(2)) TL_ON(b.queue(), bias_backward(b.queue(), n, m, dy, b.dinput(2).data(), b.into(2)));
  });
}

}  // namespace tagloom

// y = x W^T + b:  dx = dy W,  dW = dy^T x,  db = column sums of dy.
#include "engine/ops/ops.h"
#include "kernels/linear/bias.h"
#include "kernels/linear/gemm.h"
#include "kernels/math/cast.h"

namespace tagloom {

using kernels::GemmShape;
using kernels::Into;

namespace {

// The same with bfloat16 products: x, weight and dy are rounded if they are Real; sums, y and the weights' gradients are Real,
// and dx has the type of x.
Var linear_bf16(const Var& x, const Var& weight, const Var& bias) {
  if constexpr (sizeof(Real) == sizeof(float)) {
    const int64_t n = x.size(0), k = x.size(1), m = weight.size(0);
    const bool real_x = x.value().dtype() == DType::kReal;
    const Tensor y = x.tape().empty(x.device(), {n, m}), x16 = real_x ? x.rounded() : x.value(), w16 = weight.rounded();
    const Real* nothing = nullptr;
    TL_ON(x.queue(), gemm(x.queue(), GemmShape{n, m, k, false, true}, x16.data<Bf16>(), w16.data<Bf16>(),
                          bias.defined() ? bias.data() : nothing, y.data(), Into::kOverwrite));
    std::vector<Var> inputs{x, weight};
    if (bias.defined()) inputs.push_back(bias);
    return x.tape().record("linear", inputs, y, [n, k, m, real_x, x16, w16, nothing, has_bias = bias.defined()](Backward& b) {
      kernels::Queue& queue = b.queue();
      if (b.wants(0) || b.wants(1)) {
        const Tensor dy = b.scratch({n, m}, DType::kBf16);
        TL_ON(queue, cast(queue, n * m, b.doutput(0).data(), dy.data<Bf16>()));
        const GemmShape dx{n, k, m, false, false};
        if (b.wants(0) && real_x) {
          TL_ON(queue, gemm(queue, dx, dy.data<Bf16>(), w16.data<Bf16>(), nothing, b.dinput(0).data(), b.into(0)));
        } else if (b.wants(0)) {
          TL_ON(queue, gemm(queue, dx, dy.data<Bf16>(), w16.data<Bf16>(), static_cast<const Bf16*>(nullptr),
                            b.dinput(0).data<Bf16>(), b.into(0)));
        }
        if (b.wants(1)) b.add_product(1, dy, x16);
      }
      if (has_bias && b.wants(2)) TL_ON(queue, bias_backward(queue, n, m, b.doutput(0).data(), b.dinput(2).data(), b.into(2)));
    });
  } else {
    fail(ErrorKind::kUsage, "[linear] has no kernel for bfloat16 products here");
  }
}

}  // namespace

Var linear(const Var& x, const Var& weight, const Var& bias) {
  TL_CHECK(x.rank() == 2 && weight.rank() == 2 && x.size(1) == weight.size(1),
           "[linear] x is {}, weight is {}: inner sizes differ", x.shape(), weight.shape());
  TL_CHECK(!bias.defined() || bias.shape() == Shape{weight.size(0)}, "[linear] weight is {}, bias is {}", weight.shape(),
           bias.shape());
  if (x.value().dtype() == DType::kBf16 || x.tape().mixed_precision()) return linear_bf16(x, weight, bias);
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
    if (b.wants(1)) b.add_product(1, b.doutput(0), b.input(0));
    if (has_bias && b.wants(2)) TL_ON(b.queue(), bias_backward(b.queue(), n, m, dy, b.dinput(2).data(), b.into(2)));
  });
}

}  // namespace tagloom

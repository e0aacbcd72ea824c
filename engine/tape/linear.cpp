// y = x W^T + b:  dx = dy W,  dW = dy^T x,  db = column sums of dy.
#include "engine/tape/ops.h"
#include "kernels/math/bias.h"
#include "kernels/math/gemm.h"

namespace tagloom {

using kernels::GemmShape;

Var linear(const Var& x, const Var& weight, const Var& bias) {
  TL_CHECK(x.rank() == 2 && weight.rank() == 2 && x.size(1) == weight.size(1),
           "[linear] x is {}, weight is {}: inner sizes differ", x.shape(), weight.shape());
  TL_CHECK(!bias.defined() || bias.shape() == Shape{weight.size(0)}, "[linear] weight is {}, bias is {}", weight.shape(),
           bias.shape());
  const int64_t n = x.size(0), k = x.size(1), m = weight.size(0);
  Tensor y = x.tape().empty(x.device(), {n, m});
  TL_ON(x.queue(), gemm(x.queue(), GemmShape{n, m, k, false, true}, x.data(), weight.data(),
                        bias.defined() ? bias.data() : nullptr, y.data(), kernels::Into::kOverwrite));
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

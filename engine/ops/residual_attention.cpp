// Class-specific residual attention over places, and rows of length 1 for the weights in front of it.
#include "kernels/cnn/residual_attention.h"

#include <algorithm>

#include "engine/ops/ops.h"
#include "kernels/math/normalize_rows.h"

namespace tagloom {

Var residual_attention(const Var& scores, const std::vector<Real>& temperatures, Real lambda) {
  TL_CHECK(scores.rank() == 3, "[residual_attention] needs [N,P,V], got {}", scores.shape());
  kernels::ResidualAttentionShape shape{scores.size(0), scores.size(1), scores.size(2), static_cast<int>(temperatures.size())};
  shape.lambda = lambda;
  shape.check();
  std::copy(temperatures.begin(), temperatures.end(), shape.temperature);
  Tensor y = scores.tape().empty(scores.device(), {shape.n, shape.v});
  TL_ON(scores.queue(), residual_attention_forward(scores.queue(), shape, scores.data(), y.data()));
  return scores.tape().record("residual_attention", {scores}, y, [shape](Backward& b) {
    TL_ON(b.queue(),
          residual_attention_backward(b.queue(), shape, b.input(0).data(), b.doutput(0).data(), b.dinput(0).data(), b.into(0)));
  });
}

Var normalize_rows(const Var& x) {
  TL_CHECK(x.rank() == 2, "[normalize_rows] needs [rows, cols], got {}", x.shape());
  const int64_t rows = x.size(0), cols = x.size(1);
  Tensor y = x.tape().empty(x.device(), x.shape()), norm = x.tape().empty(x.device(), {rows});
  TL_ON(x.queue(), normalize_rows_forward(x.queue(), rows, cols, x.data(), y.data(), norm.data()));
  return x.tape().record("normalize_rows", {x}, y, [rows, cols, norm](Backward& b) {
    TL_ON(b.queue(), normalize_rows_backward(b.queue(), rows, cols, b.output(0).data(), norm.data(), b.doutput(0).data(),
                                             b.dinput(0).data(), b.into(0)));
  });
}

}  // namespace tagloom

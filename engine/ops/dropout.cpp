// Inverted dropout: kept values are scaled by 1 / (1 - p). The mask is not stored: backward draws it again.
#include "kernels/activation/dropout.h"

#include "engine/ops/ops.h"

namespace tagloom {

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

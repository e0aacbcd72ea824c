// Attention over positions: additive attention, which keeps its weights for backward, and class-specific residual attention.
#include <algorithm>

#include "engine/ops/ops.h"
#include "kernels/cnn/residual_attention.h"
#include "kernels/linear/bias.h"
#include "kernels/lstm/attention.h"
#include "kernels/math/arithmetic.h"

namespace tagloom {

using kernels::Into;

AttentionView attention(const Var& keys, const Var& query, const Var& weight, const Var& values) {
  TL_CHECK(keys.rank() == 3 && values.rank() == 3 && query.shape() == (Shape{keys.size(0), keys.size(2)}) &&
               weight.shape() == Shape{keys.size(2)} && values.size(0) == keys.size(0) && values.size(1) == keys.size(1),
           "[attention] keys are {}, query is {}, weight is {}, values are {}: want [N,P,A], [N,A], [A] and [N,P,C]",
           keys.shape(), query.shape(), weight.shape(), values.shape());
  const kernels::AttentionShape shape{keys.size(0), keys.size(1), keys.size(2), values.size(2)};
  Tape& tape = keys.tape();
  Tensor alpha = tape.empty(keys.device(), {shape.n, shape.p}), z = tape.empty(keys.device(), {shape.n, shape.c});
  TL_ON(keys.queue(),
        attention_forward(keys.queue(), shape, keys.data(), query.data(), weight.data(), values.data(), alpha.data(), z.data()));
  const Var seen = tape.record("attention", {keys, query, weight, values}, z, [shape, alpha](Backward& b) {
    kernels::Queue& queue = b.queue();
    const Tensor ds = b.scratch({shape.n, shape.p}), dq = b.scratch({shape.n, shape.a}), dw = b.scratch({shape.n, shape.a});
    const Tensor dk = b.wants(0) ? b.dinput(0) : b.scratch(b.input(0).shape());
    const Into into_k = b.wants(0) ? b.into(0) : Into::kOverwrite, into_v = b.wants(3) ? b.into(3) : Into::kOverwrite;
    TL_ON(queue, attention_backward(queue, shape, b.input(0).data(), b.input(1).data(), b.input(2).data(), b.input(3).data(),
                                    alpha.data(), b.doutput(0).data(), ds.data(), dk.data(), into_k, dq.data(), dw.data(),
                                    b.wants(3) ? b.dinput(3).data() : nullptr, into_v));
    if (b.wants(1)) {
      if (b.into(1) == Into::kAdd) {
        TL_ON(queue, accumulate(queue, dq.count(), dq.data(), b.dinput(1).data()));
      } else {
        b.dinput(1).copy_from(dq);
      }
    }
    if (b.wants(2)) TL_ON(queue, bias_backward(queue, shape.n, shape.a, dw.data(), b.dinput(2).data(), b.into(2)));
  });
  return {seen, alpha};
}

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

}  // namespace tagloom

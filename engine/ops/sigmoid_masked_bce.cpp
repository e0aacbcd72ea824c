// Masked binary cross-entropy over steps. The kernel writes the gradient with the loss; backward only scales it.
#include "kernels/loss/sigmoid_masked_bce.h"

#include "engine/ops/ops.h"
#include "engine/tape/dispatch.h"
#include "kernels/math/scale.h"

namespace tagloom {

using kernels::Into;

Var sigmoid_masked_bce(const Var& logits, const Tensor& labels, const Tensor& emitted, kernels::BceMask mask,
                       kernels::StepGate gate, Real factor) {
  TL_CHECK(logits.rank() == 3 && labels.shape() == (Shape{logits.size(1), logits.size(2)}),
           "[sigmoid_masked_bce] logits are {}, labels are {}", logits.shape(), labels.shape());
  TL_CHECK(mask == kernels::BceMask::kNone || emitted.shape() == (Shape{logits.size(0), logits.size(1)}),
           "[sigmoid_masked_bce] a mask needs the emitted tags as [{}, {}]", logits.size(0), logits.size(1));
  const kernels::SigmoidMaskedBceShape shape{logits.size(0), logits.size(1), logits.size(2), mask, gate};
  Tape& tape = logits.tape();
  kernels::Queue& queue = logits.queue();
  Tensor rows = tape.empty(logits.device(), {shape.t * shape.n}), loss = tape.empty(logits.device(), {1});
  const DType dtype = logits.value().dtype();
  Tensor dlogits = tape.recording() ? tape.empty(logits.device(), logits.shape(), dtype) : Tensor();
  return on_storage(dtype, "sigmoid_masked_bce", [&](auto type) {
    using T = decltype(type);
    TL_ON(queue, sigmoid_masked_bce(queue, shape, logits.data<T>(), labels.data<uint8_t>(),
                                    emitted.defined() ? emitted.data<int32_t>() : nullptr, factor, rows.data(),
                                    dlogits.defined() ? dlogits.data<T>() : nullptr));
    TL_ON(queue, sum(queue, shape.t * shape.n, rows.data(), loss.data(), Into::kOverwrite));
    return tape.record("sigmoid_masked_bce", {logits}, loss, [dlogits](Backward& b) {
      TL_ON(b.queue(), scale_by(b.queue(), dlogits.count(), b.doutput(0).data(), Real(1), dlogits.data<T>(),
                                b.dinput(0).data<T>(), b.into(0)));
    });
  });
}

}  // namespace tagloom

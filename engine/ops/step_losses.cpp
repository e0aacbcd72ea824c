// Losses over LSTM steps. Each kernel computes the gradient with the loss; backward only scales it.
#include "engine/ops/ops.h"
#include "engine/tape/dispatch.h"
#include "kernels/loss/diversity.h"
#include "kernels/loss/sigmoid_masked_bce.h"
#include "kernels/loss/softmax_xent.h"
#include "kernels/math/arithmetic.h"

namespace tagloom {

using kernels::Into;

Var softmax_xent(const Var& logits, const Tensor& target, const Tensor& row_scale, Real smoothing) {
  TL_CHECK(logits.rank() == 2 && target.shape() == Shape{logits.size(0)} && row_scale.shape() == target.shape(),
           "[softmax_xent] logits are {}, target is {}, row_scale is {}", logits.shape(), target.shape(), row_scale.shape());
  TL_CHECK(smoothing >= 0 && smoothing < 1, "[softmax_xent] smoothing must be in [0, 1), got {}", smoothing);
  const kernels::SoftmaxXentShape shape{logits.size(0), logits.size(1), smoothing};
  Tape& tape = logits.tape();
  kernels::Queue& queue = logits.queue();
  Tensor rows = tape.empty(logits.device(), {shape.rows}), loss = tape.empty(logits.device(), {1});
  const DType dtype = logits.value().dtype();
  Tensor dlogits = tape.recording() ? tape.empty(logits.device(), logits.shape(), dtype) : Tensor();
  return on_storage(dtype, "softmax_xent", [&](auto type) {
    using T = decltype(type);
    TL_ON(queue, softmax_xent(queue, shape, logits.data<T>(), target.data<int32_t>(), row_scale.data(), rows.data(),
                              dlogits.defined() ? dlogits.data<T>() : nullptr));
    TL_ON(queue, sum(queue, shape.rows, rows.data(), loss.data(), Into::kOverwrite));
    return tape.record("softmax_xent", {logits}, loss, [dlogits](Backward& b) {
      TL_ON(b.queue(), scale_by(b.queue(), dlogits.count(), b.doutput(0).data(), Real(1), dlogits.data<T>(),
                                b.dinput(0).data<T>(), b.into(0)));
    });
  });
}

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

Var diversity(const Var& v, const Tensor& pair_scale, Real threshold) {
  TL_CHECK(v.rank() == 3 && pair_scale.shape() == (Shape{v.size(0), v.size(1)}), "[diversity] weights are {}, pair_scale is {}",
           v.shape(), pair_scale.shape());
  const kernels::DiversityShape shape{v.size(0), v.size(1), v.size(2), threshold};
  Tape& tape = v.tape();
  kernels::Queue& queue = v.queue();
  Tensor rows = tape.empty(v.device(), {shape.t * shape.n}), loss = tape.empty(v.device(), {1});
  Tensor dv = tape.recording() ? tape.empty(v.device(), v.shape()) : Tensor();
  TL_ON(queue, diversity(queue, shape, v.data(), pair_scale.data(), rows.data(), dv.defined() ? dv.data() : nullptr));
  TL_ON(queue, sum(queue, shape.t * shape.n, rows.data(), loss.data(), Into::kOverwrite));
  return tape.record("diversity", {v}, loss, [dv](Backward& b) {
    TL_ON(b.queue(), scale_by(b.queue(), dv.count(), b.doutput(0).data(), Real(1), dv.data(), b.dinput(0).data(), b.into(0)));
  });
}

}  // namespace tagloom

// Softmax over rows, and the masked cross-entropy of a sequence. The kernel writes the gradient with the loss; backward only scales it.
#include "kernels/loss/softmax_xent.h"

#include "engine/ops/ops.h"
#include "engine/tape/dispatch.h"
#include "kernels/math/scale.h"

namespace tagloom {

using kernels::Into;

Var softmax_xent(const Var& logits, const Tensor& target, const Tensor& row_scale, Real smoothing) {
  TL_CHECK(logits.rank() == 2 && target.shape() == Shape{logits.size(0)} && row_scale.shape() == target.shape(),
           "[softmax_xent] logits are {}, target is {}, row_scale is {}", logits.shape(), target.shape(), row_scale.shape());
  TL_CHECK(smoothing >= 0 && smoothing < 1, "[softmax_xent] smoothing is {}, it lies in [0, 1)", smoothing);
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

Var softmax(const Var& x) {
  TL_CHECK(x.rank() == 2, "[softmax] needs [rows, columns], got {}", x.shape());
  const kernels::SoftmaxXentShape shape{x.size(0), x.size(1)};
  Tensor y = x.tape().empty(x.device(), x.shape());
  TL_ON(x.queue(), softmax_forward(x.queue(), shape, x.data(), y.data()));
  return x.tape().record("softmax", {x}, y, [shape](Backward& b) {
    TL_ON(b.queue(), softmax_backward(b.queue(), shape, b.output(0).data(), b.doutput(0).data(), b.dinput(0).data(), b.into(0)));
  });
}

Var softmax_probabilities(const Var& logits) {
  TL_CHECK(logits.rank() == 2, "[softmax] needs [rows, V], got {}", logits.shape());
  Tensor y = logits.tape().empty(logits.device(), logits.shape());
  TL_ON(logits.queue(),
        softmax_forward(logits.queue(), kernels::SoftmaxXentShape{logits.size(0), logits.size(1)}, logits.data(), y.data()));
  return logits.tape().constant(y);
}

}  // namespace tagloom

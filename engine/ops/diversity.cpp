// The overlap of neighbouring steps' weights. The kernel writes the gradient with the loss; backward only scales it.
#include "kernels/loss/diversity.h"

#include "engine/ops/ops.h"
#include "kernels/math/scale.h"

namespace tagloom {

using kernels::Into;

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

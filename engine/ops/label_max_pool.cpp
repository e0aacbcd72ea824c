// The maximum of each label's logit over the steps; the gradient goes to the step that won.
#include "kernels/lstm/label_max_pool.h"

#include "engine/ops/ops.h"
#include "engine/tape/dispatch.h"

namespace tagloom {

Var label_max_pool(const Var& x) {
  TL_CHECK(x.rank() == 3 && x.size(0) > 0, "[label_max_pool] needs [T,N,V], got {}", x.shape());
  const kernels::LabelMaxPoolShape shape{x.size(0), x.size(1), x.size(2)};
  Tape& tape = x.tape();
  Tensor y = tape.empty(x.device(), {shape.n, shape.v}), arg = tape.empty(x.device(), {shape.n, shape.v}, DType::kInt32);
  return on_storage(x.value().dtype(), "label_max_pool", [&](auto type) {
    using T = decltype(type);
    TL_ON(x.queue(), label_max_pool_forward(x.queue(), shape, x.data<T>(), y.data(), arg.data<int32_t>()));
    return tape.record("label_max_pool", {x}, y, [shape, arg](Backward& b) {
      TL_ON(b.queue(), label_max_pool_backward(b.queue(), shape, b.doutput(0).data(), arg.data<int32_t>(), b.dinput(0).data<T>(),
                                               b.into(0)));
    });
  });
}

}  // namespace tagloom

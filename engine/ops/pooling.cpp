// Pooling over positions (NHWC) and over steps; a maximum keeps the winning position or step for backward.
#include "engine/ops/ops.h"
#include "engine/tape/dispatch.h"
#include "kernels/cnn/adaptive_avg_pool2d.h"
#include "kernels/cnn/pool2d.h"
#include "kernels/lstm/label_max_pool.h"

namespace tagloom {

using kernels::Pool2dShape;

namespace {

Pool2dShape pool_shape(const char* op, const Var& x, const Pool2dOptions& options) {
  TL_CHECK(x.rank() == 4, "[{}] needs [N,H,W,C], got {}", op, x.shape());
  const Pool2dShape shape{x.size(0),    x.size(1),      x.size(2),       x.size(3),        options.size,
                          options.size, options.stride, options.padding, options.ceil_mode};
  TL_CHECK(shape.p() > 0 && shape.q() > 0, "[{}] a {} map is too small for a window of {}", op, x.shape(), options.size);
  return shape;
}

}  // namespace

Var max_pool2d(const Var& x, const Pool2dOptions& options) {
  const Pool2dShape shape = pool_shape("max_pool2d", x, options);
  Tape& tape = x.tape();
  const Shape out{shape.n, shape.p(), shape.q(), shape.c};
  Tensor y = tape.empty(x.device(), out, x.value().dtype());
  Tensor index = tape.recording() ? tape.empty(x.device(), out, DType::kByte) : Tensor();
  return on_storage(x.value().dtype(), "max_pool2d", [&](auto type) {
    using T = decltype(type);
    TL_ON(x.queue(),
          max_pool2d_forward(x.queue(), shape, x.data<T>(), y.data<T>(), index.defined() ? index.data<uint8_t>() : nullptr));
    return tape.record("max_pool2d", {x}, y, [shape, index](Backward& b) {
      TL_ON(b.queue(), max_pool2d_backward(b.queue(), shape, b.doutput(0).data<T>(), index.data<uint8_t>(), b.dinput(0).data<T>(),
                                           b.into(0)));
    });
  });
}

namespace {

Var average_pool(const Var& x, const Pool2dShape& shape, Shape out) {
  Tape& tape = x.tape();
  Tensor y = tape.empty(x.device(), std::move(out), x.value().dtype());
  return on_storage(x.value().dtype(), "avg_pool2d", [&](auto type) {
    using T = decltype(type);
    TL_ON(x.queue(), avg_pool2d_forward(x.queue(), shape, x.data<T>(), y.data<T>()));
    return tape.record("avg_pool2d", {x}, y, [shape](Backward& b) {
      TL_ON(b.queue(), avg_pool2d_backward(b.queue(), shape, b.doutput(0).data<T>(), b.dinput(0).data<T>(), b.into(0)));
    });
  });
}

}  // namespace

Var average_pool2d(const Var& x, const Pool2dOptions& options) {
  const Pool2dShape shape = pool_shape("average_pool2d", x, options);
  return average_pool(x, shape, {shape.n, shape.p(), shape.q(), shape.c});
}

Var global_average_pool(const Var& x) {
  TL_CHECK(x.rank() == 4, "[global_average_pool] needs [N,H,W,C], got {}", x.shape());
  return average_pool(x, Pool2dShape{x.size(0), x.size(1), x.size(2), x.size(3), x.size(1), x.size(2), 1, 0, false},
                      {x.size(0), x.size(3)});
}

Var adaptive_average_pool(const Var& x, int64_t size) {
  TL_CHECK(x.rank() == 4, "[adaptive_average_pool] needs [N,H,W,C], got {}", x.shape());
  if (x.size(1) == size && x.size(2) == size) return x;
  const kernels::AdaptivePool2dShape shape{x.size(0), x.size(1), x.size(2), x.size(3), size, size};
  Tensor y = x.tape().empty(x.device(), {shape.n, size, size, shape.c}, x.value().dtype());
  return on_storage(x.value().dtype(), "adaptive_avg_pool2d", [&](auto type) {
    using T = decltype(type);
    TL_ON(x.queue(), adaptive_avg_pool2d_forward(x.queue(), shape, x.data<T>(), y.data<T>()));
    return x.tape().record("adaptive_avg_pool2d", {x}, y, [shape](Backward& b) {
      TL_ON(b.queue(), adaptive_avg_pool2d_backward(b.queue(), shape, b.doutput(0).data<T>(), b.dinput(0).data<T>(), b.into(0)));
    });
  });
}

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

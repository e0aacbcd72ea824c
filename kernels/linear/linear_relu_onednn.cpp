// linear_relu by oneDNN's matmul with ReLU behind it; backward goes by y.
#include "kernels/linear/linear_relu.h"

#include "kernels/activation/relu.h"
#include "kernels/linear/bias.h"
#include "kernels/onednn/matmul.h"

namespace tagloom::kernels::cpu {
namespace {

template <class In, class Out>
void forward_with_relu(const LinearReluShape& shape, const In* x, const In* weight, const Out* bias, Out* y, ReluMask& mask) {
  onednn::matmul("linear_relu", {shape.n, shape.m, shape.k, false, true}, x, weight, bias, y, Into::kOverwrite,
                 onednn::Then::kRelu);
  mask.written = false;
}

template <class T>
void backward_by_y(Queue& q, const LinearReluShape& shape, const T* dabove, const T* above, const T* y, T* dz, Real* dbias,
                   Into into) {
  onednn::matmul("linear_relu", {shape.n, shape.m, shape.k}, dabove, above, static_cast<T*>(nullptr), dz, Into::kOverwrite);
  if (dbias != nullptr) return relu_bias_backward(q, shape.n, shape.m, y, dz, dz, dbias, into);
  relu_backward(q, shape.n * shape.m, y, dz, dz, Into::kOverwrite);
}

}  // namespace

void linear_relu_forward(Queue&, const LinearReluShape& shape, const Real* x, const Real* weight, const Real* bias, Real* y,
                         ReluMask& mask) {
  forward_with_relu(shape, x, weight, bias, y, mask);
}
void linear_relu_forward(Queue&, const LinearReluShape& shape, const Bf16* x, const Bf16* weight, const Bf16* bias, Bf16* y,
                         ReluMask& mask) {
  forward_with_relu(shape, x, weight, bias, y, mask);
}
void linear_relu_forward(Queue&, const LinearReluShape& shape, const Bf16* x, const Bf16* weight, const Real* bias, Real* y,
                         ReluMask& mask) {
  forward_with_relu(shape, x, weight, bias, y, mask);
}

void linear_relu_backward(Queue& q, const LinearReluShape& shape, const Real* dabove, const Real* above, const Real* y,
                          const ReluMask&, Real* dz, Real* dbias, Into into) {
  backward_by_y(q, shape, dabove, above, y, dz, dbias, into);
}
void linear_relu_backward(Queue& q, const LinearReluShape& shape, const Bf16* dabove, const Bf16* above, const Bf16* y,
                          const ReluMask&, Bf16* dz, Real* dbias, Into into) {
  backward_by_y(q, shape, dabove, above, y, dz, dbias, into);
}

}  // namespace tagloom::kernels::cpu

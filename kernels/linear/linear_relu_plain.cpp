// linear_relu as plain loops, for the double-precision library that gradient checks link.
#include "kernels/linear/linear_relu.h"

#include "kernels/activation/relu.h"
#include "kernels/linear/bias.h"
#include "kernels/linear/gemm.h"

namespace tagloom::kernels::cpu {
namespace {

template <class In, class Out>
void plain_forward(Queue& q, const LinearReluShape& shape, const In* x, const In* weight, const Out* bias, Out* y,
                   ReluMask& mask) {
  gemm(q, {shape.n, shape.m, shape.k, false, true}, x, weight, bias, y, Into::kOverwrite);
  relu_forward(q, shape.n * shape.m, y, y);
  mask.written = false;
}

template <class T>
void plain_backward(Queue& q, const LinearReluShape& shape, const T* dabove, const T* above, const T* y, T* dz, Real* dbias,
                    Into into) {
  gemm(q, {shape.n, shape.m, shape.k}, dabove, above, static_cast<T*>(nullptr), dz, Into::kOverwrite);
  if (dbias != nullptr) return relu_bias_backward(q, shape.n, shape.m, y, dz, dz, dbias, into);
  relu_backward(q, shape.n * shape.m, y, dz, dz, Into::kOverwrite);
}

}  // namespace

void linear_relu_forward(Queue& q, const LinearReluShape& shape, const Real* x, const Real* weight, const Real* bias, Real* y,
                         ReluMask& mask) {
  plain_forward(q, shape, x, weight, bias, y, mask);
}
void linear_relu_forward(Queue& q, const LinearReluShape& shape, const Bf16* x, const Bf16* weight, const Bf16* bias, Bf16* y,
                         ReluMask& mask) {
  plain_forward(q, shape, x, weight, bias, y, mask);
}
void linear_relu_forward(Queue& q, const LinearReluShape& shape, const Bf16* x, const Bf16* weight, const Real* bias, Real* y,
                         ReluMask& mask) {
  plain_forward(q, shape, x, weight, bias, y, mask);
}

void linear_relu_backward(Queue& q, const LinearReluShape& shape, const Real* dabove, const Real* above, const Real* y,
                          const ReluMask&, Real* dz, Real* dbias, Into into) {
  plain_backward(q, shape, dabove, above, y, dz, dbias, into);
}
void linear_relu_backward(Queue& q, const LinearReluShape& shape, const Bf16* dabove, const Bf16* above, const Bf16* y,
                          const ReluMask&, Bf16* dz, Real* dbias, Into into) {
  plain_backward(q, shape, dabove, above, y, dz, dbias, into);
}

}  // namespace tagloom::kernels::cpu

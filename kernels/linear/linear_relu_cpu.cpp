// linear_relu_backward: a gemm, masked by y > 0. For forward, see linear_relu_onednn.cpp and linear_relu_plain.cpp.
#include "kernels/linear/bias.h"
#include "kernels/linear/gemm.h"
#include "kernels/linear/linear_relu.h"
#include "kernels/math/activations.h"

TL_CPU_BEGIN
namespace tagloom::kernels::TL_CPU {
namespace {

template <class T>
void backward_by_y(Queue& q, const LinearReluShape& shape, const T* dabove, const T* above, const T* y, T* dz, Real* dbias,
                   Into into) {
  gemm(q, {shape.n, shape.m, shape.k}, dabove, above, static_cast<T*>(nullptr), dz, Into::kOverwrite);
  if (dbias != nullptr) return relu_bias_backward(q, shape.n, shape.m, y, dz, dz, dbias, into);
  relu_backward(q, shape.n * shape.m, y, dz, dz, Into::kOverwrite);
}

}  // namespace

void linear_relu_backward(Queue& q, const LinearReluShape& shape, const Real* dabove, const Real* above, const Real* y,
                          const ReluMask&, Real* dz, Real* dbias, Into into) {
  backward_by_y(q, shape, dabove, above, y, dz, dbias, into);
}
void linear_relu_backward(Queue& q, const LinearReluShape& shape, const Bf16* dabove, const Bf16* above, const Bf16* y,
                          const ReluMask&, Bf16* dz, Real* dbias, Into into) {
  backward_by_y(q, shape, dabove, above, y, dz, dbias, into);
}

}  // namespace tagloom::kernels::TL_CPU
TL_CPU_END

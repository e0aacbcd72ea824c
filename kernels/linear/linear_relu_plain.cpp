// linear_relu_forward as plain loops, for the double-precision library that gradient checks link.
#include "kernels/linear/linear_relu.h"

#include "kernels/linear/gemm.h"
#include "kernels/math/activations.h"

namespace tagloom::kernels::cpu {
namespace {

template <class In, class Out>
void plain_forward(Queue& q, const LinearReluShape& shape, const In* x, const In* weight, const Out* bias, Out* y,
                   ReluMask& mask) {
  gemm(q, {shape.n, shape.m, shape.k, false, true}, x, weight, bias, y, Into::kOverwrite);
  relu_forward(q, shape.n * shape.m, y, y);
  mask.written = false;
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

}  // namespace tagloom::kernels::cpu

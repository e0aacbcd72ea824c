// linear_relu_forward by oneDNN's matmul with ReLU fused.
#include "kernels/linear/linear_relu.h"

#include "kernels/onednn/matmul.h"

TL_CPU_BEGIN
namespace tagloom::kernels::TL_CPU {
namespace {

template <class In, class Out>
void forward_with_relu(const LinearReluShape& shape, const In* x, const In* weight, const Out* bias, Out* y, ReluMask& mask) {
  onednn::matmul("linear_relu", {shape.n, shape.m, shape.k, false, true}, x, weight, bias, y, Into::kOverwrite,
                 onednn::Then::kRelu);
  mask.written = false;
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

}  // namespace tagloom::kernels::TL_CPU
TL_CPU_END

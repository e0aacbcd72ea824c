#include "kernels/activation/relu.h"
#include "kernels/cuda/elementwise.cuh"

namespace tagloom::kernels::cuda {
namespace {

struct Positive {
  __device__ float operator()(float x) const { return fmaxf(x, 0.0f); }
};

struct WherePositive {
  __device__ float operator()(float y, float dy) const { return y > 0.0f ? dy : 0.0f; }
};

}  // namespace

void relu_forward(Queue& q, int64_t n, const Real* x, Real* y) { elementwise(q, "relu_forward", n, Positive{}, y, x); }
void relu_forward(Queue& q, int64_t n, const Bf16* x, Bf16* y) { elementwise(q, "relu_forward", n, Positive{}, y, x); }
void relu_backward(Queue& q, int64_t n, const Real* y, const Real* dy, Real* dx, Into into) {
  elementwise_into(q, "relu_backward", n, into, WherePositive{}, dx, y, dy);
}
void relu_backward(Queue& q, int64_t n, const Bf16* y, const Bf16* dy, Bf16* dx, Into into) {
  elementwise_into(q, "relu_backward", n, into, WherePositive{}, dx, y, dy);
}

}  // namespace tagloom::kernels::cuda

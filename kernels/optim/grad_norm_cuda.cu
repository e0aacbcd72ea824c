#include "kernels/cuda/array_sum.cuh"
#include "kernels/optim/grad_norm.h"

namespace tagloom::kernels::cuda {
namespace {

struct Square {
  __device__ float operator()(float x) const { return x * x; }
};

// One thread.
__global__ void gradient_factor_kernel(const float* squares, const float* loss, float max_norm, float* norm, float* factor) {
  const float length = sqrtf(*squares);
  *norm = length;
  const bool finite = isfinite(length) && (loss == nullptr || isfinite(*loss));
  *factor = !finite ? -1.0f : max_norm > 0 ? fminf(1.0f, max_norm / (length + 1e-6f)) : 1.0f;
}

}  // namespace

void sum_of_squares(Queue& q, int64_t n, const Real* x, Real* y, Into into) {
  array_sum(q, "sum_of_squares", n, Square{}, x, y, into);
}

void gradient_factor(Queue& q, const Real* squares, const Real* loss, Real max_norm, Real* norm, Real* factor) {
  launch(q, "gradient_factor", 1, 1, 0, gradient_factor_kernel, squares, loss, max_norm, norm, factor);
}

}  // namespace tagloom::kernels::cuda

#include "kernels/activation/tanh.h"

#include "kernels/cpu/exponential.h"

namespace tagloom::kernels::cpu {

void tanh_forward(Queue&, int64_t n, const Real* x, Real* y) {
#pragma omp parallel for simd schedule(static) if (n > 16384)
  for (int64_t i = 0; i < n; ++i) y[i] = vector_tanh(x[i]);
}

void tanh_backward(Queue&, int64_t n, const Real* y, const Real* dy, Real* dx, Into into) {
#pragma omp parallel for schedule(static) if (n > 16384)
  for (int64_t i = 0; i < n; ++i) {
    const Real slope = dy[i] * (1 - y[i] * y[i]);
    dx[i] = into == Into::kAdd ? dx[i] + slope : slope;
  }
}

}  // namespace tagloom::kernels::cpu

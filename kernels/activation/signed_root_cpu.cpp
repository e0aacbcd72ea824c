#include "kernels/activation/signed_root.h"

#include <cmath>

namespace tagloom::kernels::cpu {

void signed_root_forward(Queue&, int64_t n, const Real* x, Real* y) {
#pragma omp parallel for simd schedule(static) if (n > 16384)
  for (int64_t i = 0; i < n; ++i) y[i] = std::copysign(std::sqrt(std::abs(x[i])), x[i]);
}

void signed_root_backward(Queue&, int64_t n, const Real* y, const Real* dy, Real* dx, Into into) {
#pragma omp parallel for schedule(static) if (n > 16384)
  for (int64_t i = 0; i < n; ++i) {
    const Real slope = y[i] == 0 ? Real(0) : dy[i] / (2 * std::abs(y[i]));
    dx[i] = into == Into::kAdd ? dx[i] + slope : slope;
  }
}

}  // namespace tagloom::kernels::cpu

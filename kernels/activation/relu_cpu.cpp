#include "kernels/activation/relu.h"

namespace tagloom::kernels::cpu {
namespace {

template <class T>
void forward(int64_t n, const T* x, T* y) {
#pragma omp parallel for schedule(static) if (n > 16384)
  for (int64_t i = 0; i < n; ++i) y[i] = x[i] > T(0) ? x[i] : T(0);
}

template <class T>
void backward(int64_t n, const T* y, const T* dy, T* dx, Into into) {
#pragma omp parallel for schedule(static) if (n > 16384)
  for (int64_t i = 0; i < n; ++i) {
    const Real slope = y[i] > T(0) ? static_cast<Real>(dy[i]) : Real(0);
    dx[i] = into == Into::kAdd ? static_cast<Real>(dx[i]) + slope : slope;
  }
}

}  // namespace

void relu_forward(Queue&, int64_t n, const Real* x, Real* y) { forward(n, x, y); }
void relu_forward(Queue&, int64_t n, const Bf16* x, Bf16* y) { forward(n, x, y); }
void relu_backward(Queue&, int64_t n, const Real* y, const Real* dy, Real* dx, Into into) { backward(n, y, dy, dx, into); }
void relu_backward(Queue&, int64_t n, const Bf16* y, const Bf16* dy, Bf16* dx, Into into) { backward(n, y, dy, dx, into); }

}  // namespace tagloom::kernels::cpu

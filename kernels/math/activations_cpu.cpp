#include "kernels/math/activations.h"

#include <cmath>

#include "kernels/cpu/exponential.h"

TL_CPU_BEGIN
namespace tagloom::kernels::TL_CPU {
namespace {

template <class T>
void relu(int64_t n, const T* x, T* y) {
#pragma omp parallel for schedule(static) if (n > 16384)
  for (int64_t i = 0; i < n; ++i) y[i] = x[i] > T(0) ? x[i] : T(0);
}

// slope(y, dy) is dx.
template <class T, class Slope>
void backward(int64_t n, const T* y, const T* dy, T* dx, Into into, const Slope& slope) {
#pragma omp parallel for schedule(static) if (n > 16384)
  for (int64_t i = 0; i < n; ++i) {
    const Real d = slope(static_cast<Real>(y[i]), static_cast<Real>(dy[i]));
    dx[i] = into == Into::kAdd ? static_cast<Real>(dx[i]) + d : d;
  }
}

Real where_positive(Real y, Real dy) { return y > 0 ? dy : Real(0); }

}  // namespace

void relu_forward(Queue&, int64_t n, const Real* x, Real* y) { relu(n, x, y); }
void relu_forward(Queue&, int64_t n, const Bf16* x, Bf16* y) { relu(n, x, y); }
void relu_backward(Queue&, int64_t n, const Real* y, const Real* dy, Real* dx, Into into) {
  backward(n, y, dy, dx, into, where_positive);
}
void relu_backward(Queue&, int64_t n, const Bf16* y, const Bf16* dy, Bf16* dx, Into into) {
  backward(n, y, dy, dx, into, where_positive);
}

void tanh_forward(Queue&, int64_t n, const Real* x, Real* y) {
#pragma omp parallel for simd schedule(static) if (n > 16384)
  for (int64_t i = 0; i < n; ++i) y[i] = vector_tanh(x[i]);
}
void tanh_backward(Queue&, int64_t n, const Real* y, const Real* dy, Real* dx, Into into) {
  backward(n, y, dy, dx, into, [](Real y, Real dy) { return dy * (1 - y * y); });
}

void sigmoid_forward(Queue&, int64_t n, const Real* x, Real* y) {
#pragma omp parallel for simd schedule(static) if (n > 16384)
  for (int64_t i = 0; i < n; ++i) y[i] = vector_sigmoid(x[i]);
}
void sigmoid_backward(Queue&, int64_t n, const Real* y, const Real* dy, Real* dx, Into into) {
  backward(n, y, dy, dx, into, [](Real y, Real dy) { return dy * y * (1 - y); });
}

void signed_root_forward(Queue&, int64_t n, const Real* x, Real* y) {
#pragma omp parallel for simd schedule(static) if (n > 16384)
  for (int64_t i = 0; i < n; ++i) y[i] = std::copysign(std::sqrt(std::abs(x[i])), x[i]);
}
void signed_root_backward(Queue&, int64_t n, const Real* y, const Real* dy, Real* dx, Into into) {
  backward(n, y, dy, dx, into, [](Real y, Real dy) { return y == 0 ? Real(0) : dy / (2 * std::abs(y)); });
}

}  // namespace tagloom::kernels::TL_CPU
TL_CPU_END

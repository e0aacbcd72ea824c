#include "kernels/math/arithmetic.h"

#include <algorithm>

#include "kernels/cpu/chunk_sums.h"

TL_CPU_BEGIN
namespace tagloom::kernels::TL_CPU {
namespace {

template <class T>
void sum_of(int64_t n, const T* a, const T* b, T* y) {
#pragma omp parallel for schedule(static) if (n > 16384)
  for (int64_t i = 0; i < n; ++i) y[i] = static_cast<Real>(a[i]) + static_cast<Real>(b[i]);
}

template <class T>
void multiple(int64_t n, Real factor, const T* x, T* y, Into into) {
#pragma omp parallel for schedule(static) if (n > 16384)
  for (int64_t i = 0; i < n; ++i) {
    y[i] = into == Into::kAdd ? static_cast<Real>(y[i]) + factor * static_cast<Real>(x[i]) : factor * static_cast<Real>(x[i]);
  }
}

}  // namespace

void add(Queue&, int64_t n, const Real* a, const Real* b, Real* y) { sum_of(n, a, b, y); }
void add(Queue&, int64_t n, const Bf16* a, const Bf16* b, Bf16* y) { sum_of(n, a, b, y); }
void accumulate(Queue&, int64_t n, const Real* x, Real* y) { sum_of(n, y, x, y); }
void accumulate(Queue&, int64_t n, const Bf16* x, Bf16* y) { sum_of(n, y, x, y); }

void scale(Queue&, int64_t n, Real factor, const Real* x, Real* y, Into into) { multiple(n, factor, x, y, into); }

void scale_by(Queue&, int64_t n, const Real* factor, Real factor2, const Real* x, Real* y, Into into) {
  multiple(n, *factor * factor2, x, y, into);
}
void scale_by(Queue&, int64_t n, const Real* factor, Real factor2, const Bf16* x, Bf16* y, Into into) {
  multiple(n, *factor * factor2, x, y, into);
}

void multiply(Queue&, int64_t n, const Real* a, const Real* b, Real* y, Into into) {
#pragma omp parallel for schedule(static) if (n > 16384)
  for (int64_t i = 0; i < n; ++i) y[i] = into == Into::kAdd ? y[i] + a[i] * b[i] : a[i] * b[i];
}

void sum(Queue&, int64_t n, const Real* x, Real* y, Into into) {
  const double total = chunked_sum(n, [x](int64_t i) { return static_cast<double>(x[i]); });
  *y = static_cast<Real>(into == Into::kAdd ? *y + total : total);
}

void fill(Queue&, int64_t n, Real value, Real* y) {
#pragma omp parallel for schedule(static) if (n > 16384)
  for (int64_t i = 0; i < n; ++i) y[i] = value;
}

void fill(Queue&, int64_t n, int32_t value, int32_t* y) { std::fill_n(y, n, value); }

}  // namespace tagloom::kernels::TL_CPU
TL_CPU_END

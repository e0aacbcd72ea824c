#include "kernels/math/add.h"

namespace tagloom::kernels::cpu {
namespace {

template <class T>
void sum_of(int64_t n, const T* a, const T* b, T* y) {
#pragma omp parallel for schedule(static) if (n > 16384)
  for (int64_t i = 0; i < n; ++i) y[i] = static_cast<Real>(a[i]) + static_cast<Real>(b[i]);
}

}  // namespace

void add(Queue&, int64_t n, const Real* a, const Real* b, Real* y) { sum_of(n, a, b, y); }
void add(Queue&, int64_t n, const Bf16* a, const Bf16* b, Bf16* y) { sum_of(n, a, b, y); }
void accumulate(Queue&, int64_t n, const Real* x, Real* y) { sum_of(n, y, x, y); }
void accumulate(Queue&, int64_t n, const Bf16* x, Bf16* y) { sum_of(n, y, x, y); }

}  // namespace tagloom::kernels::cpu

#include "kernels/math/cast.h"

TL_CPU_BEGIN
namespace tagloom::kernels::TL_CPU {

void cast(Queue&, int64_t n, const Real* x, Bf16* y) {
#pragma omp parallel for schedule(static) if (n > 16384)
  for (int64_t i = 0; i < n; ++i) y[i] = Bf16(static_cast<float>(x[i]));
}

void cast(Queue&, int64_t n, const Bf16* x, Real* y) {
#pragma omp parallel for schedule(static) if (n > 16384)
  for (int64_t i = 0; i < n; ++i) y[i] = static_cast<Real>(x[i]);
}

}  // namespace tagloom::kernels::TL_CPU
TL_CPU_END

#include "kernels/activation/dropout.h"

namespace tagloom::kernels::cpu {
namespace {

void apply(int64_t n, Real p, RandomKey key, const Real* x, Real* y, Into into) {
  TL_CHECK(p >= 0 && p < 1, "[dropout] the share to drop must be in [0, 1), got {}", p);
  const Real scale = Real(1) / (Real(1) - p);
  const float limit = static_cast<float>(p);
#pragma omp parallel for schedule(static)
  for (int64_t i = 0; i < n; ++i) {
    const Real kept = random_uniform(key, i) >= limit ? x[i] * scale : Real(0);
    y[i] = into == Into::kAdd ? y[i] + kept : kept;
  }
}

}  // namespace

void dropout_forward(Queue&, int64_t n, Real p, RandomKey key, const Real* x, Real* y) {
  apply(n, p, key, x, y, Into::kOverwrite);
}

void dropout_backward(Queue&, int64_t n, Real p, RandomKey key, const Real* dy, Real* dx, Into into) {
  apply(n, p, key, dy, dx, into);
}

}  // namespace tagloom::kernels::cpu

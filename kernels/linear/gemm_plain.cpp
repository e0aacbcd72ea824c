// gemm as plain loops, for the double-precision library that gradient checks link.
#include <vector>

#include "kernels/linear/gemm.h"

namespace tagloom::kernels::cpu {
namespace {

template <class T, class Out>
void multiply(const GemmShape& shape, const T* a, const T* b, const Out* bias, Out* c, Into into) {
  const auto [m, n, k, transpose_a, transpose_b] = shape;
#pragma omp parallel for schedule(static)
  for (int64_t i = 0; i < m; ++i) {
    std::vector<Real> row(n, Real(0));
    for (int64_t l = 0; l < k; ++l) {
      const Real factor = a[transpose_a ? l * m + i : i * k + l];
      for (int64_t j = 0; j < n; ++j) row[j] += factor * static_cast<Real>(b[transpose_b ? j * k + l : l * n + j]);
    }
    for (int64_t j = 0; j < n; ++j) {
      if (bias != nullptr) row[j] += static_cast<Real>(bias[j]);
      c[i * n + j] = into == Into::kAdd ? static_cast<Real>(c[i * n + j]) + row[j] : row[j];
    }
  }
}

}  // namespace

void gemm(Queue&, const GemmShape& shape, const Real* a, const Real* b, const Real* bias, Real* c, Into into) {
  multiply(shape, a, b, bias, c, into);
}
void gemm(Queue&, const GemmShape& shape, const Bf16* a, const Bf16* b, const Bf16* bias, Bf16* c, Into into) {
  multiply(shape, a, b, bias, c, into);
}
void gemm(Queue&, const GemmShape& shape, const Bf16* a, const Bf16* b, const Real* bias, Real* c, Into into) {
  multiply(shape, a, b, bias, c, into);
}

}  // namespace tagloom::kernels::cpu

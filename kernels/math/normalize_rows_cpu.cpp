#include "kernels/math/normalize_rows.h"

#include <cmath>

TL_CPU_BEGIN
namespace tagloom::kernels::TL_CPU {

void normalize_rows_forward(Queue&, int64_t rows, int64_t cols, const Real* x, Real* y, Real* norm) {
#pragma omp parallel for schedule(static)
  for (int64_t r = 0; r < rows; ++r) {
    Real squares = 0;
    for (int64_t c = 0; c < cols; ++c) squares += x[r * cols + c] * x[r * cols + c];
    norm[r] = std::sqrt(squares);
    for (int64_t c = 0; c < cols; ++c) y[r * cols + c] = norm[r] > 0 ? x[r * cols + c] / norm[r] : Real(0);
  }
}

void normalize_rows_backward(Queue&, int64_t rows, int64_t cols, const Real* y, const Real* norm, const Real* dy, Real* dx,
                             Into into) {
#pragma omp parallel for schedule(static)
  for (int64_t r = 0; r < rows; ++r) {
    Real along = 0;
    for (int64_t c = 0; c < cols; ++c) along += y[r * cols + c] * dy[r * cols + c];
    for (int64_t c = 0; c < cols; ++c) {
      const Real d = norm[r] > 0 ? (dy[r * cols + c] - y[r * cols + c] * along) / norm[r] : Real(0);
      dx[r * cols + c] = (into == Into::kAdd ? dx[r * cols + c] : Real(0)) + d;
    }
  }
}

}  // namespace tagloom::kernels::TL_CPU
TL_CPU_END

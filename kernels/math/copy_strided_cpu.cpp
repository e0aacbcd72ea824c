#include "kernels/math/copy_strided.h"

TL_CPU_BEGIN
namespace tagloom::kernels::TL_CPU {

void copy_strided(Queue&, int64_t rows, int64_t cols, int64_t x_stride, int64_t y_stride, const Real* x, Real* y, Into into) {
#pragma omp parallel for schedule(static) if (rows * cols > 16384)
  for (int64_t row = 0; row < rows; ++row) {
    const Real* from = x + row * x_stride;
    Real* to = y + row * y_stride;
    for (int64_t col = 0; col < cols; ++col) to[col] = into == Into::kAdd ? to[col] + from[col] : from[col];
  }
}

}  // namespace tagloom::kernels::TL_CPU
TL_CPU_END

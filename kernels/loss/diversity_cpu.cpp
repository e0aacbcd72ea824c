#include "kernels/loss/diversity.h"

TL_CPU_BEGIN
namespace tagloom::kernels::TL_CPU {

void diversity(Queue&, const DiversityShape& shape, const Real* v, const Real* scale, Real* loss, Real* dv) {
  const int64_t step = shape.n * shape.m;  // the distance between steps
#pragma omp parallel for schedule(static)
  for (int64_t row = 0; row < shape.t * shape.n; ++row) {
    const bool has_before = row >= shape.n, has_after = row + shape.n < shape.t * shape.n;
    const Real with_before = has_before ? scale[row] : Real(0), with_after = has_after ? scale[row + shape.n] : Real(0);
    Real overlap = 0;
    for (int64_t i = row * shape.m; i < (row + 1) * shape.m; ++i) {
      const bool high = v[i] >= shape.threshold;
      const Real before = high && has_before && v[i - step] >= shape.threshold ? v[i - step] : Real(0);
      const Real after = high && has_after && v[i + step] >= shape.threshold ? v[i + step] : Real(0);
      overlap += before * v[i];
      if (dv) dv[i] = with_before * before + with_after * after;
    }
    loss[row] = with_before * overlap;
  }
}

}  // namespace tagloom::kernels::TL_CPU
TL_CPU_END

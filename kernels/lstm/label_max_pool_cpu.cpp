#include "kernels/lstm/label_max_pool.h"

namespace tagloom::kernels::cpu {

void label_max_pool_forward(Queue&, const LabelMaxPoolShape& shape, const Real* x, Real* y, int32_t* arg) {
  TL_CHECK(shape.t >= 1, "[label_max_pool] needs at least one step, got {}", shape.t);
  const int64_t count = shape.n * shape.v;
#pragma omp parallel for schedule(static)
  for (int64_t i = 0; i < count; ++i) {
    int64_t best = 0;
    for (int64_t t = 1; t < shape.t; ++t) {
      if (x[t * count + i] > x[best * count + i]) best = t;
    }
    y[i] = x[best * count + i];
    arg[i] = static_cast<int32_t>(best);
  }
}

void label_max_pool_backward(Queue&, const LabelMaxPoolShape& shape, const Real* dy, const int32_t* arg, Real* dx, Into into) {
  const int64_t count = shape.n * shape.v;
#pragma omp parallel for schedule(static)
  for (int64_t t = 0; t < shape.t; ++t) {
    for (int64_t i = 0; i < count; ++i) {
      const Real here = arg[i] == t ? dy[i] : Real(0);
      Real& out = dx[t * count + i];
      out = into == Into::kAdd ? out + here : here;
    }
  }
}

}  // namespace tagloom::kernels::cpu

#include "kernels/lstm/label_max_pool.h"

#include "kernels/cpu/write_rounded.h"

TL_CPU_BEGIN
namespace tagloom::kernels::TL_CPU {
namespace {

template <class T>
void forward(const LabelMaxPoolShape& shape, const T* x, Real* y, int32_t* arg) {
  TL_CHECK(shape.t >= 1, "[label_max_pool] needs at least one step, got {}", shape.t);
  const int64_t count = shape.n * shape.v;
#pragma omp parallel for schedule(static)
  for (int64_t i = 0; i < count; ++i) {
    Real most = x[i];
    int32_t best = 0;
    for (int64_t t = 1; t < shape.t; ++t) {
      const Real here = x[t * count + i];
      if (here > most) {
        most = here;
        best = static_cast<int32_t>(t);
      }
    }
    y[i] = most;
    arg[i] = best;
  }
}

template <class T>
void backward(const LabelMaxPoolShape& shape, const Real* dy, const int32_t* arg, T* dx, Into into) {
  const int64_t count = shape.n * shape.v;
#pragma omp parallel for schedule(static)
  for (int64_t t = 0; t < shape.t; ++t) {
    for (int64_t i = 0; i < count; ++i) {
      const Real here = arg[i] == t ? dy[i] : Real(0);
      write_rounded(here, into, dx[t * count + i]);
    }
  }
}

}  // namespace

void label_max_pool_forward(Queue&, const LabelMaxPoolShape& shape, const Real* x, Real* y, int32_t* arg) {
  forward(shape, x, y, arg);
}
void label_max_pool_forward(Queue&, const LabelMaxPoolShape& shape, const Bf16* x, Real* y, int32_t* arg) {
  forward(shape, x, y, arg);
}

void label_max_pool_backward(Queue&, const LabelMaxPoolShape& shape, const Real* dy, const int32_t* arg, Real* dx, Into into) {
  backward(shape, dy, arg, dx, into);
}
void label_max_pool_backward(Queue&, const LabelMaxPoolShape& shape, const Real* dy, const int32_t* arg, Bf16* dx, Into into) {
  backward(shape, dy, arg, dx, into);
}

}  // namespace tagloom::kernels::TL_CPU
TL_CPU_END

#include "kernels/optim/sgd_step.h"

namespace tagloom::kernels::cpu {

void sgd_step(Queue&, int64_t n, const SgdStep* step, const Real* factor, const Real* g, Real* w, Real* b, Bf16* copy) {
  TL_CHECK(b != nullptr || step->momentum == 0, "[sgd_step] momentum {} needs its array", step->momentum);
  const Real f = factor != nullptr ? *factor : Real(1);
  if (f < 0) return;
  const SgdStep own = *step;
#pragma omp parallel for schedule(static) if (n > 16384)
  for (int64_t i = 0; i < n; ++i) {
    Real none = 0;
    own.update(f, g[i], w[i], b != nullptr ? b[i] : none);
    if (copy != nullptr) copy[i] = Bf16(static_cast<float>(w[i]));
  }
}

}  // namespace tagloom::kernels::cpu

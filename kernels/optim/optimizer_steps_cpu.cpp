#include "kernels/optim/optimizer_steps.h"

TL_CPU_BEGIN
namespace tagloom::kernels::TL_CPU {

void sgd_step(Queue&, int64_t n, const SgdStep* step, const Real* factor, const Real* g, Real* w, Real* b, Bf16* copy) {
  TL_CHECK(b != nullptr || step->momentum == 0, "[sgd_step] momentum {} needs the array b", step->momentum);
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

void adam_step(Queue&, int64_t n, const AdamStep* step, const Real* factor, const Real* g, Real* w, Real* m, Real* v,
               Bf16* copy) {
  const Real f = factor != nullptr ? *factor : Real(1);
  if (f < 0) return;
#pragma omp parallel if (n > 16384)
  {
    const AdamStep own = *step;  // a copy, which the writes below cannot alias
#pragma omp for simd schedule(static)
    for (int64_t i = 0; i < n; ++i) own.update(f, g[i], w[i], m[i], v[i]);
  }
  if (copy == nullptr) return;
#pragma omp parallel for schedule(static) if (n > 16384)
  for (int64_t i = 0; i < n; ++i) copy[i] = Bf16(static_cast<float>(w[i]));
}

void rmsprop_step(Queue&, int64_t n, const RmsPropStep* step, const Real* factor, const Real* g, Real* w, Real* s, Real* b,
                  Bf16* copy) {
  TL_CHECK(b != nullptr || step->momentum == 0, "[rmsprop_step] momentum {} needs the array b", step->momentum);
  const Real f = factor != nullptr ? *factor : Real(1);
  if (f < 0) return;
  const RmsPropStep own = *step;
#pragma omp parallel for schedule(static) if (n > 16384)
  for (int64_t i = 0; i < n; ++i) {
    Real none = 0;
    own.update(f, g[i], w[i], s[i], b != nullptr ? b[i] : none);
    if (copy != nullptr) copy[i] = Bf16(static_cast<float>(w[i]));
  }
}

}  // namespace tagloom::kernels::TL_CPU
TL_CPU_END

#include "kernels/cuda/flat_step.cuh"
#include "kernels/optim/sgd_step.h"

namespace tagloom::kernels::cuda {
namespace {

struct Update {
  SgdStep step;
  __device__ void operator()(float factor, float g, float& w, float& b, float&) const { step.update(factor, g, w, b); }
};

}  // namespace

void sgd_step(Queue& q, int64_t n, const SgdStep& step, const Real* factor, const Real* g, Real* w, Real* b, Bf16* copy) {
  TL_CHECK(b != nullptr || step.momentum == 0, "[sgd_step] momentum {} needs its array", step.momentum);
  flat_step(q, "sgd_step", n, Update{step}, factor, g, w, b, nullptr, copy);
}

}  // namespace tagloom::kernels::cuda

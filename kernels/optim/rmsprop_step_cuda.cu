#include "kernels/cuda/flat_step.cuh"
#include "kernels/optim/rmsprop_step.h"

namespace tagloom::kernels::cuda {
namespace {

struct Update {
  RmsPropStep step;
  __device__ void operator()(float factor, float g, float& w, float& s, float& b) const { step.update(factor, g, w, s, b); }
};

}  // namespace

void rmsprop_step(Queue& q, int64_t n, const RmsPropStep& step, const Real* factor, const Real* g, Real* w, Real* s, Real* b,
                  Bf16* copy) {
  TL_CHECK(b != nullptr || step.momentum == 0, "[rmsprop_step] momentum {} needs its array", step.momentum);
  flat_step(q, "rmsprop_step", n, Update{step}, factor, g, w, s, b, copy);
}

}  // namespace tagloom::kernels::cuda

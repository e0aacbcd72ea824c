#include "kernels/cuda/flat_step.cuh"
#include "kernels/optim/rmsprop_step.h"

namespace tagloom::kernels::cuda {
namespace {

struct Update {
  __device__ static void apply(const RmsPropStep& step, float factor, float g, float& w, float& s, float& b) {
    step.update(factor, g, w, s, b);
  }
};

}  // namespace

void rmsprop_step(Queue& q, int64_t n, const RmsPropStep* step, const Real* factor, const Real* g, Real* w, Real* s, Real* b,
                  Bf16* copy) {
  flat_step<Update>(q, "rmsprop_step", n, step, factor, g, w, s, b, copy);
}

}  // namespace tagloom::kernels::cuda

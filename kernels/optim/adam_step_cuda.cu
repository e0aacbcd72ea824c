#include "kernels/cuda/flat_step.cuh"
#include "kernels/optim/adam_step.h"

namespace tagloom::kernels::cuda {
namespace {

struct Update {
  __device__ static void apply(const AdamStep& step, float factor, float g, float& w, float& m, float& v) {
    step.update(factor, g, w, m, v);
  }
};

}  // namespace

void adam_step(Queue& q, int64_t n, const AdamStep* step, const Real* factor, const Real* g, Real* w, Real* m, Real* v,
               Bf16* copy) {
  flat_step<Update>(q, "adam_step", n, step, factor, g, w, m, v, copy);
}

}  // namespace tagloom::kernels::cuda

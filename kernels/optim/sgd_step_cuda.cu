#include "kernels/cuda/flat_step.cuh"
#include "kernels/optim/sgd_step.h"

namespace tagloom::kernels::cuda {
namespace {

struct Update {
  __device__ static void apply(const SgdStep& step, float factor, float g, float& w, float& b, float&) {
    step.update(factor, g, w, b);
  }
};

}  // namespace

void sgd_step(Queue& q, int64_t n, const SgdStep* step, const Real* factor, const Real* g, Real* w, Real* b, Bf16* copy) {
  flat_step<Update>(q, "sgd_step", n, step, factor, g, w, b, nullptr, copy);
}

}  // namespace tagloom::kernels::cuda

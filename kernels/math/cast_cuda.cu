#include "kernels/cuda/elementwise.cuh"
#include "kernels/math/cast.h"

namespace tagloom::kernels::cuda {
namespace {

struct Same {
  __device__ float operator()(float x) const { return x; }
};

}  // namespace

void cast(Queue& q, int64_t n, const Real* x, Bf16* y) { elementwise(q, "cast", n, Same{}, y, x); }
void cast(Queue& q, int64_t n, const Bf16* x, Real* y) { elementwise(q, "cast", n, Same{}, y, x); }

}  // namespace tagloom::kernels::cuda

#include "kernels/cuda/elementwise.cuh"
#include "kernels/math/add.h"

namespace tagloom::kernels::cuda {
namespace {

struct Sum {
  __device__ float operator()(float a, float b) const { return a + b; }
};

}  // namespace

void add(Queue& q, int64_t n, const Real* a, const Real* b, Real* y) { elementwise(q, "add", n, Sum{}, y, a, b); }
void add(Queue& q, int64_t n, const Bf16* a, const Bf16* b, Bf16* y) { elementwise(q, "add", n, Sum{}, y, a, b); }
void accumulate(Queue& q, int64_t n, const Real* x, Real* y) {
  elementwise(q, "accumulate", n, Sum{}, y, const_cast<const Real*>(y), x);
}
void accumulate(Queue& q, int64_t n, const Bf16* x, Bf16* y) {
  elementwise(q, "accumulate", n, Sum{}, y, const_cast<const Bf16*>(y), x);
}

}  // namespace tagloom::kernels::cuda

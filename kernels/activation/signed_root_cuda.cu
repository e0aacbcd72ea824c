#include "kernels/activation/signed_root.h"
#include "kernels/cuda/elementwise.cuh"

namespace tagloom::kernels::cuda {
namespace {

struct Forward {
  __device__ float operator()(float x) const { return copysignf(sqrtf(fabsf(x)), x); }
};
struct Backward {
  __device__ float operator()(float y, float dy) const { return y == 0 ? 0 : dy / (2 * fabsf(y)); }
};

}  // namespace

void signed_root_forward(Queue& q, int64_t n, const Real* x, Real* y) {
  elementwise(q, "signed_root_forward", n, Forward{}, y, x);
}
void signed_root_backward(Queue& q, int64_t n, const Real* y, const Real* dy, Real* dx, Into into) {
  elementwise_into(q, "signed_root_backward", n, into, Backward{}, dx, y, dy);
}

}  // namespace tagloom::kernels::cuda

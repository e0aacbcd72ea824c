#include "kernels/activation/tanh.h"
#include "kernels/cuda/elementwise.cuh"

namespace tagloom::kernels::cuda {
namespace {

struct Forward {
  __device__ float operator()(float x) const { return tanhf(x); }
};
struct Backward {
  __device__ float operator()(float y, float dy) const { return dy * (1 - y * y); }
};

}  // namespace

void tanh_forward(Queue& q, int64_t n, const Real* x, Real* y) { elementwise(q, "tanh_forward", n, Forward{}, y, x); }
void tanh_backward(Queue& q, int64_t n, const Real* y, const Real* dy, Real* dx, Into into) {
  elementwise_into(q, "tanh_backward", n, into, Backward{}, dx, y, dy);
}

}  // namespace tagloom::kernels::cuda

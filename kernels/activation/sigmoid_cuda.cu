#include "kernels/activation/sigmoid.h"
#include "kernels/cuda/elementwise.cuh"

namespace tagloom::kernels::cuda {
namespace {

struct Forward {
  __device__ float operator()(float x) const { return 1 / (1 + expf(-x)); }
};
struct Backward {
  __device__ float operator()(float y, float dy) const { return dy * y * (1 - y); }
};

}  // namespace

void sigmoid_forward(Queue& q, int64_t n, const Real* x, Real* y) { elementwise(q, "sigmoid_forward", n, Forward{}, y, x); }
void sigmoid_backward(Queue& q, int64_t n, const Real* y, const Real* dy, Real* dx, Into into) {
  elementwise_into(q, "sigmoid_backward", n, into, Backward{}, dx, y, dy);
}

}  // namespace tagloom::kernels::cuda

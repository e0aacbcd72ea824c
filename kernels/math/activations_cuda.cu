#include "kernels/cuda/elementwise.cuh"
#include "kernels/math/activations.h"

namespace tagloom::kernels::cuda {
namespace {

struct Positive {
  __device__ float operator()(float x) const { return fmaxf(x, 0.0f); }
};
struct WherePositive {
  __device__ float operator()(float y, float dy) const { return y > 0.0f ? dy : 0.0f; }
};

struct Tanh {
  __device__ float operator()(float x) const { return tanhf(x); }
};
struct TanhSlope {
  __device__ float operator()(float y, float dy) const { return dy * (1 - y * y); }
};

struct Sigmoid {
  __device__ float operator()(float x) const { return 1 / (1 + expf(-x)); }
};
struct SigmoidSlope {
  __device__ float operator()(float y, float dy) const { return dy * y * (1 - y); }
};

struct SignedRoot {
  __device__ float operator()(float x) const { return copysignf(sqrtf(fabsf(x)), x); }
};
struct SignedRootSlope {
  __device__ float operator()(float y, float dy) const { return y == 0 ? 0 : dy / (2 * fabsf(y)); }
};

}  // namespace

void relu_forward(Queue& q, int64_t n, const Real* x, Real* y) { elementwise(q, "relu_forward", n, Positive{}, y, x); }
void relu_forward(Queue& q, int64_t n, const Bf16* x, Bf16* y) { elementwise(q, "relu_forward", n, Positive{}, y, x); }
void relu_backward(Queue& q, int64_t n, const Real* y, const Real* dy, Real* dx, Into into) {
  elementwise_into(q, "relu_backward", n, into, WherePositive{}, dx, y, dy);
}
void relu_backward(Queue& q, int64_t n, const Bf16* y, const Bf16* dy, Bf16* dx, Into into) {
  elementwise_into(q, "relu_backward", n, into, WherePositive{}, dx, y, dy);
}

void tanh_forward(Queue& q, int64_t n, const Real* x, Real* y) { elementwise(q, "tanh_forward", n, Tanh{}, y, x); }
void tanh_backward(Queue& q, int64_t n, const Real* y, const Real* dy, Real* dx, Into into) {
  elementwise_into(q, "tanh_backward", n, into, TanhSlope{}, dx, y, dy);
}

void sigmoid_forward(Queue& q, int64_t n, const Real* x, Real* y) { elementwise(q, "sigmoid_forward", n, Sigmoid{}, y, x); }
void sigmoid_backward(Queue& q, int64_t n, const Real* y, const Real* dy, Real* dx, Into into) {
  elementwise_into(q, "sigmoid_backward", n, into, SigmoidSlope{}, dx, y, dy);
}

void signed_root_forward(Queue& q, int64_t n, const Real* x, Real* y) {
  elementwise(q, "signed_root_forward", n, SignedRoot{}, y, x);
}
void signed_root_backward(Queue& q, int64_t n, const Real* y, const Real* dy, Real* dx, Into into) {
  elementwise_into(q, "signed_root_backward", n, into, SignedRootSlope{}, dx, y, dy);
}

}  // namespace tagloom::kernels::cuda

#include "kernels/cuda/array_sum.cuh"
#include "kernels/cuda/elementwise.cuh"
#include "kernels/math/arithmetic.h"

namespace tagloom::kernels::cuda {
namespace {

struct Sum {
  __device__ float operator()(float a, float b) const { return a + b; }
};
struct Multiple {
  float factor;
  __device__ float operator()(float x) const { return factor * x; }
};
struct MultipleByPointer {
  const float* factor;
  float factor2;
  __device__ float operator()(float x) const { return *factor * factor2 * x; }
};
struct Product {
  __device__ float operator()(float a, float b) const { return a * b; }
};
struct Constant {
  float value;
  __device__ float operator()() const { return value; }
};
struct Same {
  __device__ float operator()(float x) const { return x; }
};

// One thread per value, grid-stride.
__global__ void fill_kernel(int64_t n, int32_t value, int32_t* y) {
  const int64_t threads = int64_t(gridDim.x) * blockDim.x;
  for (int64_t i = blockIdx.x * int64_t(blockDim.x) + threadIdx.x; i < n; i += threads) y[i] = value;
}

}  // namespace

void add(Queue& q, int64_t n, const Real* a, const Real* b, Real* y) { elementwise(q, "add", n, Sum{}, y, a, b); }
void add(Queue& q, int64_t n, const Bf16* a, const Bf16* b, Bf16* y) { elementwise(q, "add", n, Sum{}, y, a, b); }
void accumulate(Queue& q, int64_t n, const Real* x, Real* y) {
  elementwise(q, "accumulate", n, Sum{}, y, const_cast<const Real*>(y), x);
}
void accumulate(Queue& q, int64_t n, const Bf16* x, Bf16* y) {
  elementwise(q, "accumulate", n, Sum{}, y, const_cast<const Bf16*>(y), x);
}

void scale(Queue& q, int64_t n, Real factor, const Real* x, Real* y, Into into) {
  elementwise_into(q, "scale", n, into, Multiple{factor}, y, x);
}

void scale_by(Queue& q, int64_t n, const Real* factor, Real factor2, const Real* x, Real* y, Into into) {
  elementwise_into(q, "scale_by", n, into, MultipleByPointer{factor, factor2}, y, x);
}
void scale_by(Queue& q, int64_t n, const Real* factor, Real factor2, const Bf16* x, Bf16* y, Into into) {
  elementwise_into(q, "scale_by", n, into, MultipleByPointer{factor, factor2}, y, x);
}

void multiply(Queue& q, int64_t n, const Real* a, const Real* b, Real* y, Into into) {
  elementwise_into(q, "multiply", n, into, Product{}, y, a, b);
}

void sum(Queue& q, int64_t n, const Real* x, Real* y, Into into) { array_sum(q, "sum", n, Same{}, x, y, into); }

void fill(Queue& q, int64_t n, Real value, Real* y) { elementwise(q, "fill", n, Constant{value}, y); }

void fill(Queue& q, int64_t n, int32_t value, int32_t* y) {
  launch(q, "fill", blocks_for(n, 256), 256, 0, fill_kernel, n, value, y);
}

}  // namespace tagloom::kernels::cuda

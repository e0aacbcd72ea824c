#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/reduce.cuh"
#include "kernels/loss/softmax_xent.h"
#include "kernels/lstm/attention.h"

namespace tagloom::kernels::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kWarps = 4;  // per block, in kernels with one warp per row

// The scores: one warp per position.
__global__ void scores_kernel(int64_t rows, int64_t p, int64_t a, const float* k, const float* q, const float* w, float* score) {
  const int64_t row = blockIdx.x * int64_t(kWarps) + threadIdx.x / 32;
  if (row >= rows) return;  // whole warps return
  const float *key = k + row * a, *ask = q + row / p * a;
  float sum = 0.0f;
  for (int64_t j = threadIdx.x % 32; j < a; j += 32) sum += w[j] * fmaxf(key[j] + ask[j], 0.0f);
  sum = warp_sum(sum);
  if (threadIdx.x % 32 == 0) score[row] = sum;
}

// One thread per (picture, value), which loops over the positions; grid-stride. Neighbours read neighbouring values of one
// position.
__global__ void weighted_sum_kernel(int64_t count, int64_t p, int64_t c, const float* alpha, const float* v, float* z) {
  for (int64_t i = blockIdx.x * int64_t(blockDim.x) + threadIdx.x; i < count; i += int64_t(gridDim.x) * blockDim.x) {
    const int64_t n = i / c;
    const float *weight = alpha + n * p, *value = v + n * p * c + i % c;
    float sum = 0.0f;
    for (int64_t place = 0; place < p; ++place) sum += weight[place] * value[place * c];
    z[i] = sum;
  }
}

// e, the product of dz and a position's value: one warp per position.
__global__ void value_products_kernel(int64_t rows, int64_t p, int64_t c, const float* v, const float* dz, float* e) {
  const int64_t row = blockIdx.x * int64_t(kWarps) + threadIdx.x / 32;
  if (row >= rows) return;
  const float *value = v + row * c, *dseen = dz + row / p * c;
  float sum = 0.0f;
  for (int64_t j = threadIdx.x % 32; j < c; j += 32) sum += dseen[j] * value[j];
  sum = warp_sum(sum);
  if (threadIdx.x % 32 == 0) e[row] = sum;
}

// The softmax' gradient, from e to ds in place: one warp per picture.
__global__ void softmax_gradient_kernel(int64_t n, int64_t p, const float* alpha, float* ds) {
  const int64_t picture = blockIdx.x * int64_t(kWarps) + threadIdx.x / 32;
  if (picture >= n) return;
  const float* weight = alpha + picture * p;
  float* e = ds + picture * p;
  float mean = 0.0f;
  for (int64_t place = threadIdx.x % 32; place < p; place += 32) mean += weight[place] * e[place];
  mean = warp_sum(mean);
  for (int64_t place = threadIdx.x % 32; place < p; place += 32) e[place] = weight[place] * (e[place] - mean);
}

// One thread per (picture, element of a key), which loops over the positions; grid-stride.
__global__ void key_gradient_kernel(int64_t count, int64_t p, int64_t a, const float* k, const float* q, const float* w,
                                    const float* ds, float* dk, bool add, float* dq, float* dw) {
  for (int64_t i = blockIdx.x * int64_t(blockDim.x) + threadIdx.x; i < count; i += int64_t(gridDim.x) * blockDim.x) {
    const int64_t n = i / a, j = i % a;
    const float ask = q[i], weight = w[j];
    float dask = 0.0f, dweight = 0.0f;
    for (int64_t place = 0; place < p; ++place) {
      const int64_t row = n * p + place;
      const float x = k[row * a + j] + ask, d = ds[row];
      const float dx = x > 0.0f ? d * weight : 0.0f;
      dweight += d * fmaxf(x, 0.0f);
      dask += dx;
      dk[row * a + j] = add ? dk[row * a + j] + dx : dx;
    }
    dq[i] = dask;
    dw[i] = dweight;
  }
}

// One thread per element of a value; grid-stride.
__global__ void value_gradient_kernel(int64_t count, int64_t p, int64_t c, const float* alpha, const float* dz, float* dv,
                                      bool add) {
  for (int64_t i = blockIdx.x * int64_t(blockDim.x) + threadIdx.x; i < count; i += int64_t(gridDim.x) * blockDim.x) {
    const int64_t row = i / c;
    const float dx = alpha[row] * dz[row / p * c + i % c];
    dv[i] = add ? dv[i] + dx : dx;
  }
}

unsigned blocks_of_warps(int64_t rows) { return static_cast<unsigned>((rows + kWarps - 1) / kWarps); }

}  // namespace

void attention_forward(Queue& queue, const AttentionShape& shape, const Real* k, const Real* q, const Real* w, const Real* v,
                       Real* alpha, Real* z) {
  const auto [n, p, a, c] = shape;
  TL_CHECK(n == 0 || p >= 1, "[attention] needs at least one position, got {}", p);
  launch(queue, "attention_scores", blocks_of_warps(n * p), 32 * kWarps, 0, scores_kernel, n * p, p, a, k, q, w, alpha);
  softmax_forward(queue, {n, p}, alpha, alpha);
  launch(queue, "attention_weighted_sum", blocks_for(n * c, kThreads), kThreads, 0, weighted_sum_kernel, n * c, p, c, alpha, v,
         z);
}

void attention_backward(Queue& queue, const AttentionShape& shape, const Real* k, const Real* q, const Real* w, const Real* v,
                        const Real* alpha, const Real* dz, Real* ds, Real* dk, Into into_k, Real* dq, Real* dw, Real* dv,
                        Into into_v) {
  const auto [n, p, a, c] = shape;
  launch(queue, "attention_value_products", blocks_of_warps(n * p), 32 * kWarps, 0, value_products_kernel, n * p, p, c, v, dz,
         ds);
  launch(queue, "attention_softmax_gradient", blocks_of_warps(n), 32 * kWarps, 0, softmax_gradient_kernel, n, p, alpha, ds);
  launch(queue, "attention_key_gradient", blocks_for(n * a, kThreads), kThreads, 0, key_gradient_kernel, n * a, p, a, k, q, w, ds,
         dk, into_k == Into::kAdd, dq, dw);
  if (dv == nullptr) return;
  launch(queue, "attention_value_gradient", blocks_for(n * p * c, kThreads), kThreads, 0, value_gradient_kernel, n * p * c, p, c,
         alpha, dz, dv, into_v == Into::kAdd);
}

}  // namespace tagloom::kernels::cuda

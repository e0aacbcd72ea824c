#include "kernels/cuda/columns.cuh"
#include "kernels/linear/bias.h"

namespace tagloom::kernels::cuda {
namespace {

template <class T, int kVec>
struct Slopes {
  static constexpr int kRows = 4;
  const T* dy;

  template <int N>
  __device__ void add(unsigned i, unsigned step, Width<N>, int64_t, float (&sums)[1][kVec]) const {
    const RowValues<N, kVec, T> slopes(dy, i, step);
#pragma unroll
    for (int r = 0; r < N; ++r) {
#pragma unroll
      for (int j = 0; j < kVec; ++j) sums[0][j] += slopes.at(r, j);
    }
  }
  __device__ void finish(int64_t, float (&)[1][kVec]) const {}
};

// The same for dz = dy where y > 0, which it also writes.
template <class T, int kVec>
struct MaskedSlopes {
  static constexpr int kRows = 2;
  const T *y, *dy;
  T* dz;

  template <int N>
  __device__ void add(unsigned i, unsigned step, Width<N>, int64_t, float (&sums)[1][kVec]) const {
    const RowValues<N, kVec, T> values(y, i, step);
    RowValues<N, kVec, T> slopes(dy, i, step);
    slopes.set([&](int r, int j) { return values.at(r, j) > 0.0f ? slopes.at(r, j) : 0.0f; });
    slopes.store(dz, i, step);
#pragma unroll
    for (int r = 0; r < N; ++r) {
#pragma unroll
      for (int j = 0; j < kVec; ++j) sums[0][j] += slopes.at(r, j);
    }
  }
  __device__ void finish(int64_t, float (&)[1][kVec]) const {}
};

// Threads: x over 32 columns, y over the chunks' partial sums.
__global__ void finish_kernel(int chunks, int64_t cols, const float* partial, float* dbias, bool add) {
  const int64_t col = blockIdx.x * int64_t(32) + threadIdx.x;
  const float total = sum_chunks(chunks, cols, partial, col);
  if (threadIdx.y == 0 && col < cols) dbias[col] = add ? dbias[col] + total : total;
}

template <int kVec, class Terms>
void sum_rows(Queue& q, const char* name, int64_t rows, int64_t cols, const Terms& terms, float* dbias, Into into) {
  const ColumnPlan plan(q, name, rows, cols, kVec);
  float* partial = workspace_floats(q, name, plan.chunks * cols);
  launch(q, name, plan.grid, plan.block, 0, column_partials_kernel<1, kVec, Terms>, rows, cols, plan.chunk_rows, terms, partial);
  launch(q, name, static_cast<unsigned>((cols + 31) / 32), dim3(32, 32), 0, finish_kernel, plan.chunks, cols, partial, dbias,
         into == Into::kAdd);
}

template <class T>
void sum_slopes(Queue& q, int64_t rows, int64_t cols, const T* dy, float* dbias, Into into) {
  constexpr int kVec = Pack<T>::kCount;
  if (cols % kVec == 0 && is_aligned(dy, kVec)) {
    sum_rows<kVec>(q, "bias_backward", rows, cols, Slopes<T, kVec>{dy}, dbias, into);
  } else {
    sum_rows<1>(q, "bias_backward", rows, cols, Slopes<T, 1>{dy}, dbias, into);
  }
}

template <class T>
void mask_and_sum(Queue& q, int64_t rows, int64_t cols, const T* y, const T* dy, T* dz, float* dbias, Into into) {
  constexpr int kVec = Pack<T>::kCount;
  if (cols % kVec == 0 && is_aligned(y, kVec) && is_aligned(dy, kVec) && is_aligned(dz, kVec)) {
    sum_rows<kVec>(q, "relu_bias_backward", rows, cols, MaskedSlopes<T, kVec>{y, dy, dz}, dbias, into);
  } else {
    sum_rows<1>(q, "relu_bias_backward", rows, cols, MaskedSlopes<T, 1>{y, dy, dz}, dbias, into);
  }
}

}  // namespace

void bias_backward(Queue& q, int64_t rows, int64_t cols, const Real* dy, Real* dbias, Into into) {
  sum_slopes(q, rows, cols, dy, dbias, into);
}
void bias_backward(Queue& q, int64_t rows, int64_t cols, const Bf16* dy, Real* dbias, Into into) {
  sum_slopes(q, rows, cols, dy, dbias, into);
}

void relu_bias_backward(Queue& q, int64_t rows, int64_t cols, const Real* y, const Real* dy, Real* dz, Real* dbias, Into into) {
  mask_and_sum(q, rows, cols, y, dy, dz, dbias, into);
}
void relu_bias_backward(Queue& q, int64_t rows, int64_t cols, const Bf16* y, const Bf16* dy, Bf16* dz, Real* dbias, Into into) {
  mask_and_sum(q, rows, cols, y, dy, dz, dbias, into);
}

}  // namespace tagloom::kernels::cuda

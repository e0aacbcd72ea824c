#include "kernels/cuda/columns.cuh"
#include "kernels/linear/bias.h"

namespace tagloom::kernels::cuda {
namespace {

template <class T, int kVec>
struct Slopes {
  const T* dy;
  __device__ void add(int64_t i, int64_t, float (&sums)[1][kVec]) const {
    const auto slope = *reinterpret_cast<const Values<T, kVec>*>(dy + i);
#pragma unroll
    for (int j = 0; j < kVec; ++j) sums[0][j] += to_float(slope.v[j]);
  }
};

// Threads: x over 32 columns, y over the chunks' partial sums.
__global__ void finish_kernel(int chunks, int64_t cols, const float* partial, float* dbias, bool add) {
  const int64_t col = blockIdx.x * int64_t(32) + threadIdx.x;
  const float total = sum_chunks(chunks, cols, partial, col);
  if (threadIdx.y == 0 && col < cols) dbias[col] = add ? dbias[col] + total : total;
}

template <class T, int kVec>
void sum_rows_by(Queue& q, int64_t rows, int64_t cols, const T* dy, float* dbias, Into into) {
  const ColumnPlan plan(rows, cols, kVec);
  float* partial = workspace_floats(q, "bias_backward", plan.chunks * cols);
  using Terms = Slopes<T, kVec>;
  launch(q, "bias_backward", plan.grid, plan.block, 0, column_partials_kernel<1, kVec, Terms>, rows, cols, plan.chunk_rows,
         Terms{dy}, partial);
  launch(q, "bias_backward", static_cast<unsigned>((cols + 31) / 32), dim3(32, 32), 0, finish_kernel, plan.chunks, cols, partial,
         dbias, into == Into::kAdd);
}

template <class T>
void sum_rows(Queue& q, int64_t rows, int64_t cols, const T* dy, float* dbias, Into into) {
  constexpr int kVec = Pack<T>::kCount;
  if (cols % kVec == 0 && is_aligned(dy, kVec)) {
    sum_rows_by<T, kVec>(q, rows, cols, dy, dbias, into);
  } else {
    sum_rows_by<T, 1>(q, rows, cols, dy, dbias, into);
  }
}

}  // namespace

void bias_backward(Queue& q, int64_t rows, int64_t cols, const Real* dy, Real* dbias, Into into) {
  sum_rows(q, rows, cols, dy, dbias, into);
}
void bias_backward(Queue& q, int64_t rows, int64_t cols, const Bf16* dy, Real* dbias, Into into) {
  sum_rows(q, rows, cols, dy, dbias, into);
}

}  // namespace tagloom::kernels::cuda

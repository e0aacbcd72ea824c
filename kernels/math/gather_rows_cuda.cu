#include "kernels/math/gather_rows.h"

#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/vector.cuh"

namespace tagloom::kernels::cuda {
namespace {

// One block per row of y, one thread per N of its columns.
template <int N, class T>
__global__ void gather_kernel(int64_t cols, const T* table, const int32_t* id, T* y) {
  const int64_t i = blockIdx.x, from = id[i];
  for (int64_t column = int64_t(threadIdx.x) * N; column < cols; column += int64_t(blockDim.x) * N) {
    store<N>(y + i * cols + column, from < 0 ? Values<T, N>{} : load<N>(table + from * cols + column));
  }
}

template <class T>
void gather(Queue& q, int64_t n, int64_t cols, const T* table, const int32_t* id, T* y) {
  constexpr int kWide = Pack<T>::kCount;
  const bool wide = cols % kWide == 0 && aligned16(table, y);
  launch(q, "gather_rows", static_cast<unsigned>(n), 64, 0, wide ? gather_kernel<kWide, T> : gather_kernel<1, T>, cols, table, id,
         y);
}

}  // namespace

void gather_rows(Queue& q, int64_t n, int64_t cols, const Real* table, const int32_t* id, Real* y) {
  gather(q, n, cols, table, id, y);
}
void gather_rows(Queue& q, int64_t n, int64_t cols, const Bf16* table, const int32_t* id, Bf16* y) {
  gather(q, n, cols, table, id, y);
}

}  // namespace tagloom::kernels::cuda

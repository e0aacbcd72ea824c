#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/reduce.cuh"
#include "kernels/cuda/vector.cuh"
#include "kernels/math/normalize_rows.h"

namespace tagloom::kernels::cuda {
namespace {

constexpr int kThreads = 256;

// One block per row.
__global__ void forward_kernel(int cols, const float* x, float* y, float* norm, bool aligned) {
  const int64_t begin = blockIdx.x * int64_t(cols);
  float squares = 0.0f;
  for_each_column(aligned, begin, cols, threadIdx.x, kThreads, [&](int column, auto width) {
    constexpr int N = decltype(width)::kCount;
    const Values<float, N> in = load<N>(x + begin + column);
    for (int j = 0; j < N; ++j) squares += in.v[j] * in.v[j];
  });
  const float length = sqrtf(block_sum(squares));
  if (threadIdx.x == 0) norm[blockIdx.x] = length;
  for_each_column(aligned, begin, cols, threadIdx.x, kThreads, [&](int column, auto width) {
    constexpr int N = decltype(width)::kCount;
    Values<float, N> out = load<N>(x + begin + column);
    for (int j = 0; j < N; ++j) out.v[j] = length > 0.0f ? out.v[j] / length : 0.0f;
    store<N>(y + begin + column, out);
  });
}

// One block per row.
__global__ void backward_kernel(int cols, const float* y, const float* norm, const float* dy, float* dx, bool add, bool aligned) {
  const int64_t begin = blockIdx.x * int64_t(cols);
  float along = 0.0f;
  for_each_column(aligned, begin, cols, threadIdx.x, kThreads, [&](int column, auto width) {
    constexpr int N = decltype(width)::kCount;
    const Values<float, N> out = load<N>(y + begin + column), d = load<N>(dy + begin + column);
    for (int j = 0; j < N; ++j) along += out.v[j] * d.v[j];
  });
  along = block_sum(along);
  const float length = norm[blockIdx.x];
  for_each_column(aligned, begin, cols, threadIdx.x, kThreads, [&](int column, auto width) {
    constexpr int N = decltype(width)::kCount;
    const Values<float, N> out = load<N>(y + begin + column);
    Values<float, N> d = load<N>(dy + begin + column);
    for (int j = 0; j < N; ++j) d.v[j] = length > 0.0f ? (d.v[j] - out.v[j] * along) / length : 0.0f;
    store_or_add<N>(dx + begin + column, d, add);
  });
}

}  // namespace

void normalize_rows_forward(Queue& q, int64_t rows, int64_t cols, const Real* x, Real* y, Real* norm) {
  launch(q, "normalize_rows_forward", static_cast<unsigned>(rows), kThreads, 0, forward_kernel, static_cast<int>(cols), x, y,
         norm, aligned16(x, y));
}

void normalize_rows_backward(Queue& q, int64_t rows, int64_t cols, const Real* y, const Real* norm, const Real* dy, Real* dx,
                             Into into) {
  launch(q, "normalize_rows_backward", static_cast<unsigned>(rows), kThreads, 0, backward_kernel, static_cast<int>(cols), y, norm,
         dy, dx, into == Into::kAdd, aligned16(y, dy, dx));
}

}  // namespace tagloom::kernels::cuda

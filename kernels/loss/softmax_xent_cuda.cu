#include "kernels/cuda/row_packs.cuh"
#include "kernels/loss/softmax_xent.h"

namespace tagloom::kernels::cuda {
namespace {

// The largest value of a row and the sum of exp(x - max).
struct RowSum {
  float max, sum;
};

// One pass over the row: a thread rescales its running sum when it meets a larger value.
template <int kThreads, class T>
__device__ RowSum row_sum(const T* x, int64_t row_begin, int cols, int thread, bool aligned) {
  float max = -INFINITY, sum = 0.0f;
  for_each_column<Pack<T>::kCount>(aligned, row_begin, cols, thread, kThreads, [&](int column, auto width) {
    constexpr int N = decltype(width)::kCount;
    const Values<float, N> in = load_floats<N>(x + row_begin + column);
    float larger = max;
    for (int j = 0; j < N; ++j) larger = fmaxf(larger, in.v[j]);
    if (larger == -INFINITY) return;  // only forbidden tags so far
    sum *= expf(max - larger);
    for (int j = 0; j < N; ++j) sum += expf(in.v[j] - larger);
    max = larger;
  });
  const float row_max = group_max<kThreads>(max);
  const float part = max == -INFINITY ? 0.0f : sum * expf(max - row_max);
  return {row_max, group_sum<kThreads>(part)};
}

// The sum of a row.
template <int kThreads, class T>
__device__ float plain_sum(const T* x, int64_t row_begin, int cols, int thread, bool aligned) {
  float sum = 0.0f;
  for_each_column<Pack<T>::kCount>(aligned, row_begin, cols, thread, kThreads, [&](int column, auto width) {
    constexpr int N = decltype(width)::kCount;
    const Values<float, N> in = load_floats<N>(x + row_begin + column);
    for (int j = 0; j < N; ++j) sum += in.v[j];
  });
  return group_sum<kThreads>(sum);
}

// kThreads (a warp or a block) per row, held in registers: each logit is read and exponentiated once.
template <int kPacks, int kThreads, class T>
__global__ void xent_registers_kernel(int64_t rows, int cols, float smoothing, const T* logits, const int32_t* target,
                                      const float* row_scale, float* loss, T* dlogits, bool wide) {
  const int64_t row = blockIdx.x * int64_t(blockDim.x / kThreads) + threadIdx.x / kThreads;
  if (row >= rows) return;  // whole groups return, so the reductions below are complete
  const int thread = threadIdx.x % kThreads;
  const T* x_row = logits + row * cols;
  const RowPacks<T, kPacks, kThreads> packs(x_row, cols, thread, wide);
  constexpr int kWide = packs.kWide;
  const int label = target[row];
  const float share = smoothing / cols, certain = 1.0f - smoothing;
  float x[kPacks][kWide] = {}, scale = 0.0f, inverse = 0.0f;
  if (label >= 0) {
    packs.load(x_row, -INFINITY, x);
    float max = -INFINITY, sum = 0.0f;
    float at_target = certain * to_float(x_row[label]);  // before the reductions: after them its owner may overwrite it
    if (share > 0) {
      for (int k = 0; k < kPacks; ++k) {
        for (int j = 0; j < kWide; ++j) sum += packs.is_inside(packs.column(k) + j) ? x[k][j] : 0.0f;
      }
      at_target += share * group_sum<kThreads>(sum);
      sum = 0.0f;
    }
#pragma unroll
    for (int k = 0; k < kPacks; ++k) {
#pragma unroll
      for (int j = 0; j < kWide; ++j) max = fmaxf(max, x[k][j]);
    }
    max = group_max<kThreads>(max);
#pragma unroll
    for (int k = 0; k < kPacks; ++k) {
#pragma unroll
      for (int j = 0; j < kWide; ++j) sum += x[k][j] = expf(x[k][j] - max);
    }
    sum = group_sum<kThreads>(sum);
    scale = row_scale[row];
    inverse = 1.0f / sum;
    if (thread == 0) loss[row] = scale * (logf(sum) + max - at_target);
    if (kThreads == 32) __syncwarp();
  } else if (thread == 0) {
    loss[row] = 0.0f;
  }
  if (!dlogits) return;
  packs.store(dlogits + row * cols, [&](int k, int j) {
    return scale * (x[k][j] * inverse - (packs.column(k) + j == label ? certain + share : share));
  });
}

// kThreads (a warp or a block) per row.
template <int kThreads, class T>
__global__ void xent_kernel(int64_t rows, int cols, float smoothing, const T* logits, const int32_t* target,
                            const float* row_scale, float* loss, T* dlogits, bool aligned) {
  const int64_t row = blockIdx.x * int64_t(blockDim.x / kThreads) + threadIdx.x / kThreads;
  if (row >= rows) return;  // whole groups return, so the reductions below are complete
  const int thread = threadIdx.x % kThreads;
  const int64_t begin = row * cols;
  const int label = target[row];
  const float scale = label < 0 ? 0.0f : row_scale[row];
  RowSum total{0.0f, 1.0f};
  const float share = smoothing / cols, certain = 1.0f - smoothing;
  if (label >= 0) {
    // dlogits may be logits: the target's logit is read before the reductions, which synchronise the group; its owner overwrites
    // it only after them.
    float at_target = certain * to_float(logits[begin + label]);
    if (share > 0) at_target += share * plain_sum<kThreads>(logits, begin, cols, thread, aligned);
    total = row_sum<kThreads>(logits, begin, cols, thread, aligned);
    if (thread == 0) loss[row] = scale * (logf(total.sum) + total.max - at_target);
    if (kThreads == 32) __syncwarp();
  } else if (thread == 0) {
    loss[row] = 0.0f;
  }
  if (!dlogits) return;
  const float inverse = 1.0f / total.sum;
  for_each_column<Pack<T>::kCount>(aligned, begin, cols, thread, kThreads, [&](int column, auto width) {
    constexpr int N = decltype(width)::kCount;
    Values<float, N> out{};
    if (label >= 0) {
      out = load_floats<N>(logits + begin + column);
      for (int j = 0; j < N; ++j) {
        out.v[j] = scale * (expf(out.v[j] - total.max) * inverse - (column + j == label ? certain + share : share));
      }
    }
    store_floats<N>(dlogits + begin + column, out);
  });
}

// kThreads (a warp or a block) per row.
template <int kThreads>
__global__ void forward_kernel(int64_t rows, int cols, const float* x, float* y, bool aligned) {
  const int64_t row = blockIdx.x * int64_t(blockDim.x / kThreads) + threadIdx.x / kThreads;
  if (row >= rows) return;
  const int thread = threadIdx.x % kThreads;
  const int64_t begin = row * cols;
  const RowSum total = row_sum<kThreads>(x, begin, cols, thread, aligned);
  const float inverse = 1.0f / total.sum;
  for_each_column(aligned, begin, cols, thread, kThreads, [&](int column, auto width) {
    constexpr int N = decltype(width)::kCount;
    Values<float, N> out = load<N>(x + begin + column);
    for (int j = 0; j < N; ++j) out.v[j] = expf(out.v[j] - total.max) * inverse;
    store<N>(y + begin + column, out);
  });
}

// kThreads (a warp or a block) per row.
template <int kThreads>
__global__ void backward_kernel(int64_t rows, int cols, const float* y, const float* dy, float* dx, bool add, bool aligned) {
  const int64_t row = blockIdx.x * int64_t(blockDim.x / kThreads) + threadIdx.x / kThreads;
  if (row >= rows) return;
  const int thread = threadIdx.x % kThreads;
  const int64_t begin = row * cols;
  float part = 0.0f;
  for_each_column(aligned, begin, cols, thread, kThreads, [&](int column, auto width) {
    constexpr int N = decltype(width)::kCount;
    const Values<float, N> p = load<N>(y + begin + column), slope = load<N>(dy + begin + column);
    for (int j = 0; j < N; ++j) part += p.v[j] * slope.v[j];
  });
  const float mean = group_sum<kThreads>(part);
  for_each_column(aligned, begin, cols, thread, kThreads, [&](int column, auto width) {
    constexpr int N = decltype(width)::kCount;
    const Values<float, N> p = load<N>(y + begin + column);
    Values<float, N> out = load<N>(dy + begin + column);
    for (int j = 0; j < N; ++j) out.v[j] = p.v[j] * (out.v[j] - mean);
    store_or_add<N>(dx + begin + column, out, add);
  });
}

template <class T>
void cross_entropy(Queue& q, const SoftmaxXentShape& shape, const T* logits, const int32_t* target, const float* row_scale,
                   float* loss, T* dlogits) {
  const char* name = "softmax_xent";
  const bool wide = same_phase(logits, dlogits);
  const bool fits = in_registers<T>(packs_of_row<T>(shape.cols, !wide || aligned16(logits)), [&](auto packs, auto threads) {
    launch(q, name, blocks_for_rows(shape.rows, threads.kCount), block_for_rows(threads.kCount), 0,
           xent_registers_kernel<packs.kCount, threads.kCount, T>, shape.rows, shape.cols, shape.smoothing, logits, target,
           row_scale, loss, dlogits, wide);
  });
  if (fits) return;
  launch(q, name, blocks_for_rows(shape.rows, 256), 256, 0, xent_kernel<256, T>, shape.rows, shape.cols, shape.smoothing, logits,
         target, row_scale, loss, dlogits, aligned16(logits, dlogits));
}

}  // namespace

void softmax_xent(Queue& q, const SoftmaxXentShape& shape, const Real* logits, const int32_t* target, const Real* row_scale,
                  Real* loss, Real* dlogits) {
  cross_entropy(q, shape, logits, target, row_scale, loss, dlogits);
}
void softmax_xent(Queue& q, const SoftmaxXentShape& shape, const Bf16* logits, const int32_t* target, const Real* row_scale,
                  Real* loss, Bf16* dlogits) {
  cross_entropy(q, shape, logits, target, row_scale, loss, dlogits);
}

void softmax_forward(Queue& q, const SoftmaxXentShape& shape, const Real* x, Real* y) {
  const bool aligned = aligned16(x, y);
  const int threads = threads_per_row<Real>(shape.cols);
  launch(q, "softmax_forward", blocks_for_rows(shape.rows, threads), block_for_rows(threads), 0,
         threads == 32 ? forward_kernel<32> : forward_kernel<256>, shape.rows, shape.cols, x, y, aligned);
}

void softmax_backward(Queue& q, const SoftmaxXentShape& shape, const Real* y, const Real* dy, Real* dx, Into into) {
  const bool aligned = aligned16(y, dy, dx);
  const int threads = threads_per_row<Real>(shape.cols);
  launch(q, "softmax_backward", blocks_for_rows(shape.rows, threads), block_for_rows(threads), 0,
         threads == 32 ? backward_kernel<32> : backward_kernel<256>, shape.rows, shape.cols, y, dy, dx, into == Into::kAdd,
         aligned);
}

}  // namespace tagloom::kernels::cuda

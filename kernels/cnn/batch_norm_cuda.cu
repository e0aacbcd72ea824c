// Batch normalisation in two passes over x: statistics of chunks of rows, then the rows themselves. All kernels are coalesced
// over channels, load several rows before they use the first, use no atomics, and start at most as many blocks as the device
// holds at once.
#include <type_traits>

#include "kernels/cnn/batch_norm.h"
#include "kernels/cuda/columns.cuh"

namespace tagloom::kernels::cuda {
namespace {

// x / y, correctly rounded or nearly so, for operands of moderate size. IEEE division would call a function for all others.
__device__ float quotient(float x, float y) {
  const float reciprocal = __fdividef(1.0f, y), roughly = x * reciprocal;
  return fmaf(fmaf(-roughly, y, x), reciprocal, roughly);
}

// The mean of `count` values and the sum of squared differences from it; merged by Chan's formula.
struct Moments {
  float count, mean, squares;

  __device__ void merge(const Moments& other) {
    if (other.count == 0.0f) return;
    const float total = count + other.count, share = quotient(other.count, total), difference = other.mean - mean;
    mean += difference * share;
    squares += other.squares + difference * difference * (count * share);
    count = total;
  }
};

// partial[chunk, 0 | 1, c] = mean and squares of the chunk's rows. Threads as in column_partials_kernel; each computes the
// moments of four rows at a time and merges them into its own with one shared reciprocal.
template <class T, int kVec>
__global__ void __launch_bounds__(kColumnThreads, kColumnBlocks)
    moments_kernel(int64_t rows, int64_t channels, int64_t chunk_rows, const T* __restrict__ x, float* __restrict__ partial) {
  __shared__ float shared_mean[kVec][kColumnThreads], shared_squares[kVec][kColumnThreads], shared_count[kColumnThreads];
  const ColumnWalk<kVec> walk(rows, channels, chunk_rows);
  float count = 0.0f, mean[kVec] = {}, squares[kVec] = {};
  walk.template for_rows<4>([&](unsigned i, unsigned step, auto width) {
    constexpr int N = decltype(width)::kCount;
    const RowValues<N, kVec, T> values(x, i, step);
    const float before = count;
    count += N;
    const float share = quotient(N, count), weight = before * share;
#pragma unroll
    for (int j = 0; j < kVec; ++j) {
      float sum = 0.0f, spread = 0.0f;
#pragma unroll
      for (int r = 0; r < N; ++r) sum += values.at(r, j);
      const float centre = sum * (1.0f / N), difference = centre - mean[j];
#pragma unroll
      for (int r = 0; r < N; ++r) spread += (values.at(r, j) - centre) * (values.at(r, j) - centre);
      mean[j] += difference * share;
      squares[j] += spread + difference * difference * weight;
    }
  });
  const int thread = threadIdx.y * blockDim.x + threadIdx.x;
  shared_count[thread] = count;
  for (int j = 0; j < kVec; ++j) {
    shared_mean[j][thread] = mean[j];
    shared_squares[j][thread] = squares[j];
  }
  for (int half = blockDim.y / 2; half > 0; half /= 2) {
    __syncthreads();
    if (threadIdx.y < half) {
      const int other = thread + half * blockDim.x;
      const float more = shared_count[other];
      Moments sum = {};
      for (int j = 0; j < kVec; ++j) {
        sum = Moments{count, shared_mean[j][thread], shared_squares[j][thread]};
        sum.merge(Moments{more, shared_mean[j][other], shared_squares[j][other]});
        shared_mean[j][thread] = sum.mean;
        shared_squares[j][thread] = sum.squares;
      }
      shared_count[thread] = count = sum.count;
    }
  }
  if (threadIdx.y == 0 && walk.inside) {
    for (int j = 0; j < kVec; ++j) {
      partial[(int64_t(blockIdx.x) * 2) * channels + walk.col + j] = shared_mean[j][thread];
      partial[(int64_t(blockIdx.x) * 2 + 1) * channels + walk.col + j] = shared_squares[j][thread];
    }
  }
}

// Threads: x over 32 channels, y over chunks.
__global__ void finish_moments_kernel(int chunks, int64_t rows, int64_t channels, int64_t chunk_rows, const float* partial,
                                      float epsilon, float momentum, float* running_mean, float* running_var, float* mean,
                                      float* rstd) {
  __shared__ Moments shared[32][32];
  const int64_t c = blockIdx.x * int64_t(32) + threadIdx.x;
  Moments all = {};
  if (c < channels) {
#pragma unroll 4
    for (int chunk = threadIdx.y; chunk < chunks; chunk += blockDim.y) {
      const int64_t left = rows - chunk * chunk_rows, at = int64_t(chunk) * 2 * channels + c;
      all.merge(Moments{static_cast<float>(left < chunk_rows ? left : chunk_rows), partial[at], partial[at + channels]});
    }
  }
  shared[threadIdx.y][threadIdx.x] = all;
  for (int half = blockDim.y / 2; half > 0; half /= 2) {
    __syncthreads();
    if (threadIdx.y < half) shared[threadIdx.y][threadIdx.x].merge(shared[threadIdx.y + half][threadIdx.x]);
  }
  if (threadIdx.y != 0 || c >= channels) return;
  all = shared[0][threadIdx.x];
  mean[c] = all.mean;
  rstd[c] = rsqrtf(all.squares / rows + epsilon);
  running_mean[c] += momentum * (all.mean - running_mean[c]);
  if (rows > 1) running_var[c] += momentum * (all.squares / (rows - 1) - running_var[c]);
}

// 1 / standard deviation in training, from forward; the variance in evaluation.
struct Spread {
  const float* of;
  bool is_variance;
  float epsilon;

  __device__ float rstd(int64_t c) const { return is_variance ? rsqrtf(of[c] + epsilon) : of[c]; }
};

// y = weight (x - mean) rstd + bias, and the tail. Threads as in column_partials_kernel.
template <class T, int kVec, bool kResidual>
__global__ void __launch_bounds__(kColumnThreads, kColumnBlocks)
    apply_kernel(int64_t rows, int64_t channels, int64_t chunk_rows, const T* __restrict__ x, const float* __restrict__ weight,
                 const float* __restrict__ bias, const float* __restrict__ mean, Spread spread, T* __restrict__ y,
                 const T* __restrict__ residual, uint8_t* __restrict__ bits) {
  __shared__ ColumnConstants<3, kVec> constants;
  const ColumnWalk<kVec> walk(rows, channels, chunk_rows);
  constants.fill(channels, [&](int64_t c, float(&of)[3]) {
    of[0] = mean[c];
    of[1] = spread.rstd(c) * weight[c];
    of[2] = bias[c];
  });
  walk.template for_rows<kResidual ? 2 : 4>([&](unsigned i, unsigned step, auto width) {
    constexpr int N = decltype(width)::kCount;
    RowValues<N, kVec, T> values(x, i, step);
    Stored<T, kVec> more[N];
#pragma unroll
    for (int r = 0; kResidual && r < N; ++r) more[r].load(residual, i + r * step);
    values.set([&](int r, int j) {
      float value = (values.at(r, j) - constants.at(0, j)) * constants.at(1, j) + constants.at(2, j);
      if (kResidual) value += more[r].at(j);
      return bits == nullptr || value > 0.0f ? value : 0.0f;
    });
    values.store(y, i, step);
#pragma unroll
    for (int r = 0; kVec == kMaskBits<T> && bits != nullptr && r < N; ++r) {
      unsigned mask = 0;
#pragma unroll
      for (int j = 0; j < kVec; ++j) mask |= (values.at(r, j) > 0.0f ? 1u : 0u) << j;
      bits[i + r * step] = static_cast<uint8_t>(mask);
    }
  });
}

// The mask, if a thread of apply_kernel covers less than a byte of it. One thread per byte.
template <class T>
__global__ void mask_kernel(int64_t bytes, int64_t channels, const T* y, uint8_t* bits) {
  const int64_t row_bytes = mask_row_bytes<T>(channels);
  for (int64_t byte = blockIdx.x * int64_t(blockDim.x) + threadIdx.x; byte < bytes; byte += int64_t(gridDim.x) * blockDim.x) {
    const int64_t row = byte / row_bytes, begin = (byte - row * row_bytes) * kMaskBits<T>;
    unsigned mask = 0;
    for (int j = 0; j < kMaskBits<T> && begin + j < channels; ++j) {
      mask |= (to_float(y[row * channels + begin + j]) > 0.0f ? 1u : 0u) << j;
    }
    bits[byte] = static_cast<uint8_t>(mask);
  }
}

// The mask bits of the kVec values at i (columns.cuh), the first in column c; all set without ReLU.
template <int kVec, class T>
__device__ unsigned mask_at(const BatchNormTailGradient<T>& tail, int64_t channels, unsigned i, int64_t c) {
  if (tail.bits == nullptr) return ~0u;
  if constexpr (kVec == kMaskBits<T>) {
    return tail.bits[i];
  } else {
    return tail.bits[i / static_cast<unsigned>(channels) * mask_row_bytes<T>(channels) + c / kMaskBits<T>] >> (c % kMaskBits<T>);
  }
}

// The same for N rows.
template <int N, int kVec, class T>
struct RowMasks {
  unsigned of[N];

  __device__ RowMasks(const BatchNormTailGradient<T>& tail, int64_t channels, unsigned i, unsigned step, int64_t c) {
#pragma unroll
    for (int r = 0; r < N; ++r) of[r] = mask_at<kVec>(tail, channels, i + r * step, c);
  }
  __device__ float pass(int r, int j, float value) const { return of[r] >> j & 1 ? value : 0.0f; }
};

// Sums of dz and dz xhat.
template <class T, int kVec>
struct GradientTerms {
  static constexpr int kRows = 2;
  int64_t channels;
  const T *x, *dy;
  const float* mean;
  Spread spread;
  BatchNormTailGradient<T> tail;

  template <int N>
  __device__ void add(unsigned i, unsigned step, Width<N>, int64_t c, float (&sums)[2][kVec]) const {
    const RowValues<N, kVec, T> slopes(dy, i, step), values(x, i, step);
    const RowMasks<N, kVec, T> masks(tail, channels, i, step, c);
#pragma unroll
    for (int r = 0; r < N; ++r) {
#pragma unroll
      for (int j = 0; j < kVec; ++j) {
        const float dz = masks.pass(r, j, slopes.at(r, j));
        sums[0][j] += dz;
        sums[1][j] += dz * (values.at(r, j) - mean[c + j]);
      }
    }
  }
  __device__ void finish(int64_t c, float (&sums)[2][kVec]) const {
#pragma unroll
    for (int j = 0; j < kVec; ++j) sums[1][j] *= spread.rstd(c + j);
  }
};

// sums[0 | 1, c] over all chunks, and from them dbias and dweight. Threads: x over 32 channels, y over chunks.
__global__ void finish_gradient_kernel(int chunks, int64_t channels, const float* partial, float* sums, float* dweight,
                                       float* dbias, bool add) {
  const int64_t c = blockIdx.x * int64_t(32) + threadIdx.x;
  for (int s = 0; s < 2; ++s) {
    const float total = sum_chunks(chunks, 2 * channels, partial, c < channels ? s * channels + c : 2 * channels);
    if (threadIdx.y != 0 || c >= channels) continue;
    sums[s * channels + c] = total;
    float* gradient = s == 0 ? dbias : dweight;
    if (gradient != nullptr) gradient[c] = add ? gradient[c] + total : total;
  }
}

// Adds value(r, j), or writes it, to the kVec columns at i of N rows.
template <int N, int kVec, class T, class Value>
__device__ void write_rows(T* to, unsigned i, unsigned step, bool add, const Value& value) {
  RowValues<N, kVec, T> out;
  if (add) {
    out.load(to, i, step);
  } else {
    out = {};
  }
  out.set([&](int r, int j) { return out.at(r, j) + value(r, j); });
  out.store(to, i, step);
}

// dx = weight rstd (dz - share sums[0] - xhat share sums[1]), share = 1 / rows, or weight rstd dz without sums, and dresidual =
// dz. Either may be null. Threads as in apply_kernel.
template <class T, int kVec>
__global__ void __launch_bounds__(kColumnThreads, kColumnBlocks)
    input_gradient_kernel(int64_t rows, int64_t channels, int64_t chunk_rows, float share, const T* __restrict__ x,
                          const T* __restrict__ dy, const float* __restrict__ weight, const float* __restrict__ mean,
                          Spread spread, const float* __restrict__ sums, T* dx, bool add, BatchNormTailGradient<T> tail) {
  // dx = scale dz - slant x + shift. The rounding of shift is no larger than the rounding of x when it was stored.
  __shared__ ColumnConstants<3, kVec> constants;
  const ColumnWalk<kVec> walk(rows, channels, chunk_rows);
  constants.fill(channels, [&](int64_t c, float(&of)[3]) {
    const float rstd = spread.rstd(c);
    of[0] = weight[c] * rstd;
    of[1] = sums != nullptr ? of[0] * rstd * sums[channels + c] * share : 0.0f;
    of[2] = sums != nullptr ? of[1] * mean[c] - of[0] * sums[c] * share : 0.0f;
  });
  const bool add_residual = tail.dresidual_into == Into::kAdd;
  walk.template for_rows<2>([&](unsigned i, unsigned step, auto width) {
    constexpr int N = decltype(width)::kCount;
    const RowValues<N, kVec, T> slopes(dy, i, step), values(x, i, step);
    const RowMasks<N, kVec, T> masks(tail, channels, i, step, walk.col);
    const auto dz = [&](int r, int j) { return masks.pass(r, j, slopes.at(r, j)); };
    if (dx != nullptr) {
      write_rows<N, kVec>(dx, i, step, add, [&](int r, int j) {
        return constants.at(0, j) * dz(r, j) + (constants.at(2, j) - constants.at(1, j) * values.at(r, j));
      });
    }
    if (tail.dresidual != nullptr) {
      write_rows<N, kVec>(tail.dresidual, i, step, add_residual, dz);
    }
  });
}

// Calls by(vec) with the number of channels per thread as an integral constant.
template <class T, class By, class... Pointers>
void by_width(int64_t channels, const By& by, const Pointers*... arrays) {
  constexpr int kVec = Pack<T>::kCount;
  if (channels % kVec == 0 && (is_aligned(arrays, kVec) && ...)) {
    by(std::integral_constant<int, kVec>());
  } else {
    by(std::integral_constant<int, 1>());
  }
}

unsigned finish_blocks(int64_t channels) { return static_cast<unsigned>((channels + 31) / 32); }

// y and the mask, which needs a separate kernel if a thread of apply_kernel covers less than a byte of it.
template <int kVec, class T>
void apply(Queue& q, const char* name, const ColumnPlan& plan, const T* x, const float* weight, const float* bias,
           const float* mean, const Spread& spread, T* y, const BatchNormTail<T>& tail) {
  launch(q, name, plan.grid, plan.block, 0, tail.residual != nullptr ? apply_kernel<T, kVec, true> : apply_kernel<T, kVec, false>,
         plan.rows, plan.cols, plan.chunk_rows, x, weight, bias, mean, spread, y, tail.residual, tail.bits);
  const int64_t bytes = kVec == 1 && tail.bits != nullptr ? plan.rows * mask_row_bytes<T>(plan.cols) : 0;
  if (bytes > 0) launch(q, name, blocks_for(bytes, 256), 256, 0, mask_kernel<T>, bytes, plan.cols, y, tail.bits);
}

template <class T>
void train_forward(Queue& q, const BatchNormShape& shape, float epsilon, float momentum, const T* x, const float* weight,
                   const float* bias, float* running_mean, float* running_var, float* mean, float* rstd, T* y,
                   const BatchNormTail<T>& tail) {
  const int64_t rows = shape.rows, c = shape.c;
  if (rows == 0) return;
  by_width<T>(
      c,
      [&](auto vec) {
        constexpr int kVec = decltype(vec)::value;
        const char* name = "batch_norm_train_forward";
        const ColumnPlan plan(q, name, rows, c, kVec);
        float* partial = workspace_floats(q, name, plan.chunks * 2 * c);
        launch(q, name, plan.grid, plan.block, 0, moments_kernel<T, kVec>, rows, c, plan.chunk_rows, x, partial);
        launch(q, name, finish_blocks(c), dim3(32, 32), 0, finish_moments_kernel, plan.chunks, rows, c, plan.chunk_rows, partial,
               epsilon, momentum, running_mean, running_var, mean, rstd);
        apply<kVec>(q, name, plan, x, weight, bias, mean, Spread{rstd, false, epsilon}, y, tail);
      },
      x, y, tail.residual);
}

template <class T>
void eval_forward(Queue& q, const BatchNormShape& shape, float epsilon, const T* x, const float* weight, const float* bias,
                  const float* running_mean, const float* running_var, T* y, const BatchNormTail<T>& tail) {
  by_width<T>(
      shape.c,
      [&](auto vec) {
        constexpr int kVec = decltype(vec)::value;
        const char* name = "batch_norm_eval_forward";
        apply<kVec>(q, name, ColumnPlan(q, name, shape.rows, shape.c, kVec), x, weight, bias, running_mean,
                    Spread{running_var, true, epsilon}, y, tail);
      },
      x, y, tail.residual);
}

// In evaluation the spread is a variance, and the statistics are constants.
template <class T>
void backward(Queue& q, const char* name, const BatchNormShape& shape, const T* x, const T* dy, const float* weight,
              const float* mean, const Spread& spread, T* dx, float* dweight, float* dbias, Into dx_into, Into parameter_into,
              const BatchNormTailGradient<T>& tail) {
  const int64_t rows = shape.rows, c = shape.c;
  by_width<T>(
      c,
      [&](auto vec) {
        constexpr int kVec = decltype(vec)::value;
        const ColumnPlan plan(q, name, rows, c, kVec);
        float* sums = nullptr;
        if (dweight != nullptr || !spread.is_variance) {
          sums = workspace_floats(q, name, (plan.chunks + 1) * 2 * c);
          float* partial = sums + 2 * c;
          using Terms = GradientTerms<T, kVec>;
          launch(q, name, plan.grid, plan.block, 0, column_partials_kernel<2, kVec, Terms>, rows, c, plan.chunk_rows,
                 Terms{c, x, dy, mean, spread, tail}, partial);
          launch(q, name, finish_blocks(c), dim3(32, 32), 0, finish_gradient_kernel, plan.chunks, c, partial, sums, dweight,
                 dbias, parameter_into == Into::kAdd);
        }
        if (dx != nullptr || tail.dresidual != nullptr) {
          launch(q, name, plan.grid, plan.block, 0, input_gradient_kernel<T, kVec>, rows, c, plan.chunk_rows, 1.0f / rows, x, dy,
                 weight, mean, spread, spread.is_variance ? nullptr : sums, dx, dx_into == Into::kAdd, tail);
        }
      },
      x, dy, dx, tail.dresidual);
}

}  // namespace

void batch_norm_train_forward(Queue& q, const BatchNormShape& shape, Real epsilon, Real momentum, const Real* x,
                              const Real* weight, const Real* bias, Real* running_mean, Real* running_var, Real* mean, Real* rstd,
                              Real* y, const BatchNormTail<Real>& tail) {
  train_forward(q, shape, epsilon, momentum, x, weight, bias, running_mean, running_var, mean, rstd, y, tail);
}
void batch_norm_train_forward(Queue& q, const BatchNormShape& shape, Real epsilon, Real momentum, const Bf16* x,
                              const Real* weight, const Real* bias, Real* running_mean, Real* running_var, Real* mean, Real* rstd,
                              Bf16* y, const BatchNormTail<Bf16>& tail) {
  train_forward(q, shape, epsilon, momentum, x, weight, bias, running_mean, running_var, mean, rstd, y, tail);
}

void batch_norm_train_backward(Queue& q, const BatchNormShape& shape, const Real* x, const Real* dy, const Real* weight,
                               const Real* mean, const Real* rstd, Real* dx, Real* dweight, Real* dbias, Into dx_into,
                               Into parameter_into, const BatchNormTailGradient<Real>& tail) {
  backward(q, "batch_norm_train_backward", shape, x, dy, weight, mean, Spread{rstd, false, 0}, dx, dweight, dbias, dx_into,
           parameter_into, tail);
}
void batch_norm_train_backward(Queue& q, const BatchNormShape& shape, const Bf16* x, const Bf16* dy, const Real* weight,
                               const Real* mean, const Real* rstd, Bf16* dx, Real* dweight, Real* dbias, Into dx_into,
                               Into parameter_into, const BatchNormTailGradient<Bf16>& tail) {
  backward(q, "batch_norm_train_backward", shape, x, dy, weight, mean, Spread{rstd, false, 0}, dx, dweight, dbias, dx_into,
           parameter_into, tail);
}

void batch_norm_eval_forward(Queue& q, const BatchNormShape& shape, Real epsilon, const Real* x, const Real* weight,
                             const Real* bias, const Real* running_mean, const Real* running_var, Real* y,
                             const BatchNormTail<Real>& tail) {
  eval_forward(q, shape, epsilon, x, weight, bias, running_mean, running_var, y, tail);
}
void batch_norm_eval_forward(Queue& q, const BatchNormShape& shape, Real epsilon, const Bf16* x, const Real* weight,
                             const Real* bias, const Real* running_mean, const Real* running_var, Bf16* y,
                             const BatchNormTail<Bf16>& tail) {
  eval_forward(q, shape, epsilon, x, weight, bias, running_mean, running_var, y, tail);
}

void batch_norm_eval_backward(Queue& q, const BatchNormShape& shape, Real epsilon, const Real* x, const Real* dy,
                              const Real* weight, const Real* running_mean, const Real* running_var, Real* dx, Real* dweight,
                              Real* dbias, Into dx_into, Into parameter_into, const BatchNormTailGradient<Real>& tail) {
  backward(q, "batch_norm_eval_backward", shape, x, dy, weight, running_mean, Spread{running_var, true, epsilon}, dx, dweight,
           dbias, dx_into, parameter_into, tail);
}
void batch_norm_eval_backward(Queue& q, const BatchNormShape& shape, Real epsilon, const Bf16* x, const Bf16* dy,
                              const Real* weight, const Real* running_mean, const Real* running_var, Bf16* dx, Real* dweight,
                              Real* dbias, Into dx_into, Into parameter_into, const BatchNormTailGradient<Bf16>& tail) {
  backward(q, "batch_norm_eval_backward", shape, x, dy, weight, running_mean, Spread{running_var, true, epsilon}, dx, dweight,
           dbias, dx_into, parameter_into, tail);
}

}  // namespace tagloom::kernels::cuda

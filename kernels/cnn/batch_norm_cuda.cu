// Two passes over x: statistics of chunks of rows (Welford in each thread, merged by Chan's formula), then the rows
// themselves. All kernels are coalesced over channels and use no atomics.
#include <type_traits>

#include "kernels/cnn/batch_norm.h"
#include "kernels/cuda/columns.cuh"

namespace tagloom::kernels::cuda {
namespace {

// The mean and the sum of squared differences from it, of `count` values.
struct Moments {
  float count, mean, squares;

  __device__ void merge(const Moments& other) {
    if (other.count == 0.0f) return;
    const float total = count + other.count, difference = other.mean - mean;
    mean += difference * (other.count / total);
    squares += other.squares + difference * difference * (count * other.count / total);
    count = total;
  }
};

// partial[chunk, 0 | 1, c] = mean and squares of the chunk's rows. Threads as in column_partials_kernel.
template <class T, int kVec>
__global__ void moments_kernel(int64_t rows, int64_t channels, int64_t chunk_rows, const T* x, float* partial) {
  __shared__ float shared_mean[kVec][kColumnThreads], shared_squares[kVec][kColumnThreads], shared_count[kColumnThreads];
  const ColumnWalk<kVec> walk(rows, channels, chunk_rows);
  float count = 0.0f, mean[kVec] = {}, squares[kVec] = {};
  if (walk.inside) {
    for (int64_t row = walk.begin; row < walk.end; row += blockDim.y) {
      const auto values = *reinterpret_cast<const Values<T, kVec>*>(x + row * channels + walk.col);
      count += 1.0f;
      const float share = 1.0f / count;
#pragma unroll
      for (int j = 0; j < kVec; ++j) {
        const float value = to_float(values.v[j]), difference = value - mean[j];
        mean[j] += difference * share;
        squares[j] += difference * (value - mean[j]);
      }
    }
  }
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
      Moments sum = {};
      for (int j = 0; j < kVec; ++j) {
        sum = Moments{shared_count[thread], shared_mean[j][thread], shared_squares[j][thread]};
        sum.merge(Moments{shared_count[other], shared_mean[j][other], shared_squares[j][other]});
        shared_mean[j][thread] = sum.mean;
        shared_squares[j][thread] = sum.squares;
      }
      shared_count[thread] = sum.count;
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
  rstd[c] = 1.0f / sqrtf(all.squares / rows + epsilon);
  running_mean[c] += momentum * (all.mean - running_mean[c]);
  if (rows > 1) running_var[c] += momentum * (all.squares / (rows - 1) - running_var[c]);
}

// y = weight (x - mean) rstd + bias, and the tail; kVariance: `spread` is the variance, not rstd. Threads as in
// column_partials_kernel.
template <class T, int kVec, bool kVariance>
__global__ void apply_kernel(int64_t rows, int64_t channels, int64_t chunk_rows, float epsilon, const T* x, const float* weight,
                             const float* bias, const float* mean, const float* spread, T* y, BatchNormTail<T> tail) {
  const ColumnWalk<kVec> walk(rows, channels, chunk_rows);
  if (!walk.inside) return;
  float centre[kVec], slope[kVec], shift[kVec];
  for (int j = 0; j < kVec; ++j) {
    const int64_t c = walk.col + j;
    centre[j] = mean[c];
    slope[j] = (kVariance ? 1.0f / sqrtf(spread[c] + epsilon) : spread[c]) * weight[c];
    shift[j] = bias[c];
  }
#pragma unroll 4
  for (int64_t row = walk.begin; row < walk.end; row += blockDim.y) {
    const int64_t i = row * channels + walk.col;
    auto values = load<kVec>(x + i);
    Values<T, kVec> residual;
    if (tail.residual != nullptr) residual = load<kVec>(tail.residual + i);
    unsigned bits = 0;
#pragma unroll
    for (int j = 0; j < kVec; ++j) {
      float value = (to_float(values.v[j]) - centre[j]) * slope[j] + shift[j];
      if (tail.residual != nullptr) value += to_float(residual.v[j]);
      if (tail.bits != nullptr) value = value > 0.0f ? value : 0.0f;
      values.v[j] = from_float<T>(value);
      bits |= (to_float(values.v[j]) > 0.0f ? 1u : 0u) << j;
    }
    store(y + i, values);
    if constexpr (kVec == kMaskBits<T>) {
      if (tail.bits != nullptr) tail.bits[i / kVec] = static_cast<uint8_t>(bits);
    }
  }
}

// The mask where a thread of apply_kernel has less than a byte of it. One thread a byte.
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

// The bits of the kVec values from i = row * channels + c on; all set where there was no ReLU.
template <int kVec, class T>
__device__ unsigned mask_at(const BatchNormTailGradient<T>& tail, int64_t channels, int64_t i, int64_t c) {
  if (tail.bits == nullptr) return ~0u;
  if constexpr (kVec == kMaskBits<T>) {
    return tail.bits[i / kVec];
  } else {
    return tail.bits[i / channels * mask_row_bytes<T>(channels) + c / kMaskBits<T>] >> (c % kMaskBits<T>);
  }
}

// Sums of dz and dz xhat.
template <class T, int kVec, bool kVariance>
struct GradientTerms {
  int64_t channels;
  const T *x, *dy;
  const float *mean, *spread;
  float epsilon;
  BatchNormTailGradient<T> tail;

  __device__ void add(int64_t i, int64_t c, float (&sums)[2][kVec]) const {
    const auto value = load<kVec>(x + i), slope = load<kVec>(dy + i);
    const unsigned mask = mask_at<kVec>(tail, channels, i, c);
#pragma unroll
    for (int j = 0; j < kVec; ++j) {
      const float rstd = kVariance ? 1.0f / sqrtf(spread[c + j] + epsilon) : spread[c + j];
      const float dz = mask >> j & 1 ? to_float(slope.v[j]) : 0.0f;
      sums[0][j] += dz;
      sums[1][j] += dz * ((to_float(value.v[j]) - mean[c + j]) * rstd);
    }
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

// dx = weight rstd (dz - sums[0] / rows - xhat sums[1] / rows), or weight rstd dz without sums, and dresidual = dz. Either may be
// null. Threads as in apply_kernel.
template <class T, int kVec, bool kVariance>
__global__ void input_gradient_kernel(int64_t rows, int64_t channels, int64_t chunk_rows, float epsilon, const T* x, const T* dy,
                                      const float* weight, const float* mean, const float* spread, const float* sums, T* dx,
                                      bool add, BatchNormTailGradient<T> tail) {
  const ColumnWalk<kVec> walk(rows, channels, chunk_rows);
  if (!walk.inside) return;
  float centre[kVec], rstd[kVec], scale[kVec], dz_mean[kVec], dz_xhat_mean[kVec];
  for (int j = 0; j < kVec; ++j) {
    const int64_t c = walk.col + j;
    centre[j] = mean[c];
    rstd[j] = kVariance ? 1.0f / sqrtf(spread[c] + epsilon) : spread[c];
    scale[j] = weight[c] * rstd[j];
    dz_mean[j] = sums != nullptr ? sums[c] / rows : 0.0f;
    dz_xhat_mean[j] = sums != nullptr ? sums[channels + c] / rows : 0.0f;
  }
  const bool add_residual = tail.dresidual_into == Into::kAdd;
  for (int64_t row = walk.begin; row < walk.end; row += blockDim.y) {
    const int64_t i = row * channels + walk.col;
    const auto slope = load<kVec>(dy + i);
    const unsigned mask = mask_at<kVec>(tail, channels, i, walk.col);
    float dz[kVec];
#pragma unroll
    for (int j = 0; j < kVec; ++j) dz[j] = mask >> j & 1 ? to_float(slope.v[j]) : 0.0f;
    Values<T, kVec> out;
    if (dx != nullptr) {
      const auto value = load<kVec>(x + i);
      if (add) out = load<kVec>(dx + i);
#pragma unroll
      for (int j = 0; j < kVec; ++j) {
        const float xhat = (to_float(value.v[j]) - centre[j]) * rstd[j];
        const float gradient = scale[j] * (dz[j] - dz_mean[j] - xhat * dz_xhat_mean[j]);
        out.v[j] = from_float<T>(add ? to_float(out.v[j]) + gradient : gradient);
      }
      store(dx + i, out);
    }
    if (tail.dresidual != nullptr) {
      if (add_residual) out = load<kVec>(tail.dresidual + i);
#pragma unroll
      for (int j = 0; j < kVec; ++j) out.v[j] = from_float<T>(add_residual ? to_float(out.v[j]) + dz[j] : dz[j]);
      store(tail.dresidual + i, out);
    }
  }
}

// Calls by(vec) with vec an integral constant: how many channels a thread takes.
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

// The mask, where apply_kernel left it out.
template <class T>
void mask_after(Queue& q, const char* name, const BatchNormShape& shape, const T* y, uint8_t* bits) {
  const int64_t bytes = bits != nullptr ? shape.rows * mask_row_bytes<T>(shape.c) : 0;
  if (bytes > 0) launch(q, name, blocks_for(bytes, 256), 256, 0, mask_kernel<T>, bytes, shape.c, y, bits);
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
        const ColumnPlan plan(rows, c, kVec);
        float* partial = workspace_floats(q, name, plan.chunks * 2 * c);
        launch(q, name, plan.grid, plan.block, 0, moments_kernel<T, kVec>, rows, c, plan.chunk_rows, x, partial);
        launch(q, name, finish_blocks(c), dim3(32, 32), 0, finish_moments_kernel, plan.chunks, rows, c, plan.chunk_rows, partial,
               epsilon, momentum, running_mean, running_var, mean, rstd);
        launch(q, name, plan.grid, plan.block, 0, apply_kernel<T, kVec, false>, rows, c, plan.chunk_rows, epsilon, x, weight,
               bias, mean, rstd, y, tail);
        if (kVec == 1) mask_after(q, name, shape, y, tail.bits);
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
        const ColumnPlan plan(shape.rows, shape.c, kVec);
        launch(q, name, plan.grid, plan.block, 0, apply_kernel<T, kVec, true>, shape.rows, shape.c, plan.chunk_rows, epsilon, x,
               weight, bias, running_mean, running_var, y, tail);
        if (kVec == 1) mask_after(q, name, shape, y, tail.bits);
      },
      x, y, tail.residual);
}

// kVariance: evaluation, where spread is the running variance and the statistics are constants.
template <bool kVariance, class T>
void backward(Queue& q, const char* name, const BatchNormShape& shape, float epsilon, const T* x, const T* dy,
              const float* weight, const float* mean, const float* spread, T* dx, float* dweight, float* dbias, Into dx_into,
              Into parameter_into, const BatchNormTailGradient<T>& tail) {
  const int64_t rows = shape.rows, c = shape.c;
  by_width<T>(
      c,
      [&](auto vec) {
        constexpr int kVec = decltype(vec)::value;
        const ColumnPlan plan(rows, c, kVec);
        float* sums = nullptr;
        if (dweight != nullptr || !kVariance) {
          sums = workspace_floats(q, name, (plan.chunks + 1) * 2 * c);
          float* partial = sums + 2 * c;
          using Terms = GradientTerms<T, kVec, kVariance>;
          launch(q, name, plan.grid, plan.block, 0, column_partials_kernel<2, kVec, Terms>, rows, c, plan.chunk_rows,
                 Terms{c, x, dy, mean, spread, epsilon, tail}, partial);
          launch(q, name, finish_blocks(c), dim3(32, 32), 0, finish_gradient_kernel, plan.chunks, c, partial, sums, dweight,
                 dbias, parameter_into == Into::kAdd);
        }
        if (dx != nullptr || tail.dresidual != nullptr) {
          launch(q, name, plan.grid, plan.block, 0, input_gradient_kernel<T, kVec, kVariance>, rows, c, plan.chunk_rows, epsilon,
                 x, dy, weight, mean, spread, kVariance ? nullptr : sums, dx, dx_into == Into::kAdd, tail);
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
  backward<false>(q, "batch_norm_train_backward", shape, 0, x, dy, weight, mean, rstd, dx, dweight, dbias, dx_into,
                  parameter_into, tail);
}
void batch_norm_train_backward(Queue& q, const BatchNormShape& shape, const Bf16* x, const Bf16* dy, const Real* weight,
                               const Real* mean, const Real* rstd, Bf16* dx, Real* dweight, Real* dbias, Into dx_into,
                               Into parameter_into, const BatchNormTailGradient<Bf16>& tail) {
  backward<false>(q, "batch_norm_train_backward", shape, 0, x, dy, weight, mean, rstd, dx, dweight, dbias, dx_into,
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
  backward<true>(q, "batch_norm_eval_backward", shape, epsilon, x, dy, weight, running_mean, running_var, dx, dweight, dbias,
                 dx_into, parameter_into, tail);
}
void batch_norm_eval_backward(Queue& q, const BatchNormShape& shape, Real epsilon, const Bf16* x, const Bf16* dy,
                              const Real* weight, const Real* running_mean, const Real* running_var, Bf16* dx, Real* dweight,
                              Real* dbias, Into dx_into, Into parameter_into, const BatchNormTailGradient<Bf16>& tail) {
  backward<true>(q, "batch_norm_eval_backward", shape, epsilon, x, dy, weight, running_mean, running_var, dx, dweight, dbias,
                 dx_into, parameter_into, tail);
}

}  // namespace tagloom::kernels::cuda

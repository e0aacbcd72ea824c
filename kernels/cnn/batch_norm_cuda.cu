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

// y = weight (x - mean) rstd + bias; kVariance: `spread` is the variance, not rstd. Threads as in column_partials_kernel.
template <class T, int kVec, bool kVariance>
__global__ void apply_kernel(int64_t rows, int64_t channels, int64_t chunk_rows, float epsilon, const T* x, const float* weight,
                             const float* bias, const float* mean, const float* spread, T* y) {
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
    auto values = *reinterpret_cast<const Values<T, kVec>*>(x + row * channels + walk.col);
#pragma unroll
    for (int j = 0; j < kVec; ++j) values.v[j] = from_float<T>((to_float(values.v[j]) - centre[j]) * slope[j] + shift[j]);
    *reinterpret_cast<Values<T, kVec>*>(y + row * channels + walk.col) = values;
  }
}

// Sums of dy and dy xhat.
template <class T, int kVec, bool kVariance>
struct GradientTerms {
  const T *x, *dy;
  const float *mean, *spread;
  float epsilon;

  __device__ void add(int64_t i, int64_t c, float (&sums)[2][kVec]) const {
    const auto value = *reinterpret_cast<const Values<T, kVec>*>(x + i);
    const auto slope = *reinterpret_cast<const Values<T, kVec>*>(dy + i);
#pragma unroll
    for (int j = 0; j < kVec; ++j) {
      const float rstd = kVariance ? 1.0f / sqrtf(spread[c + j] + epsilon) : spread[c + j];
      sums[0][j] += to_float(slope.v[j]);
      sums[1][j] += to_float(slope.v[j]) * ((to_float(value.v[j]) - mean[c + j]) * rstd);
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

// dx = weight rstd (dy - sums[0] / rows - xhat sums[1] / rows), or weight rstd dy without sums. Threads as in apply_kernel.
template <class T, int kVec, bool kVariance>
__global__ void input_gradient_kernel(int64_t rows, int64_t channels, int64_t chunk_rows, float epsilon, const T* x, const T* dy,
                                      const float* weight, const float* mean, const float* spread, const float* sums, T* dx,
                                      bool add) {
  const ColumnWalk<kVec> walk(rows, channels, chunk_rows);
  if (!walk.inside) return;
  float centre[kVec], rstd[kVec], scale[kVec], dy_mean[kVec], dy_xhat_mean[kVec];
  for (int j = 0; j < kVec; ++j) {
    const int64_t c = walk.col + j;
    centre[j] = mean[c];
    rstd[j] = kVariance ? 1.0f / sqrtf(spread[c] + epsilon) : spread[c];
    scale[j] = weight[c] * rstd[j];
    dy_mean[j] = sums != nullptr ? sums[c] / rows : 0.0f;
    dy_xhat_mean[j] = sums != nullptr ? sums[channels + c] / rows : 0.0f;
  }
  for (int64_t row = walk.begin; row < walk.end; row += blockDim.y) {
    const int64_t i = row * channels + walk.col;
    const auto value = *reinterpret_cast<const Values<T, kVec>*>(x + i);
    const auto slope = *reinterpret_cast<const Values<T, kVec>*>(dy + i);
    Values<T, kVec> out;
    if (add) out = *reinterpret_cast<const Values<T, kVec>*>(dx + i);
#pragma unroll
    for (int j = 0; j < kVec; ++j) {
      const float xhat = (to_float(value.v[j]) - centre[j]) * rstd[j];
      const float gradient = scale[j] * (to_float(slope.v[j]) - dy_mean[j] - xhat * dy_xhat_mean[j]);
      out.v[j] = from_float<T>(add ? to_float(out.v[j]) + gradient : gradient);
    }
    *reinterpret_cast<Values<T, kVec>*>(dx + i) = out;
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

template <class T>
void train_forward(Queue& q, const BatchNormShape& shape, float epsilon, float momentum, const T* x, const float* weight,
                   const float* bias, float* running_mean, float* running_var, float* mean, float* rstd, T* y) {
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
               bias, mean, rstd, y);
      },
      x, y);
}

template <class T>
void eval_forward(Queue& q, const BatchNormShape& shape, float epsilon, const T* x, const float* weight, const float* bias,
                  const float* running_mean, const float* running_var, T* y) {
  by_width<T>(
      shape.c,
      [&](auto vec) {
        constexpr int kVec = decltype(vec)::value;
        const ColumnPlan plan(shape.rows, shape.c, kVec);
        launch(q, "batch_norm_eval_forward", plan.grid, plan.block, 0, apply_kernel<T, kVec, true>, shape.rows, shape.c,
               plan.chunk_rows, epsilon, x, weight, bias, running_mean, running_var, y);
      },
      x, y);
}

// kVariance: evaluation, where spread is the running variance and the statistics are constants.
template <bool kVariance, class T>
void backward(Queue& q, const char* name, const BatchNormShape& shape, float epsilon, const T* x, const T* dy,
              const float* weight, const float* mean, const float* spread, T* dx, float* dweight, float* dbias, Into dx_into,
              Into parameter_into) {
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
                 Terms{x, dy, mean, spread, epsilon}, partial);
          launch(q, name, finish_blocks(c), dim3(32, 32), 0, finish_gradient_kernel, plan.chunks, c, partial, sums, dweight,
                 dbias, parameter_into == Into::kAdd);
        }
        if (dx != nullptr) {
          launch(q, name, plan.grid, plan.block, 0, input_gradient_kernel<T, kVec, kVariance>, rows, c, plan.chunk_rows, epsilon,
                 x, dy, weight, mean, spread, kVariance ? nullptr : sums, dx, dx_into == Into::kAdd);
        }
      },
      x, dy, dx);
}

}  // namespace

void batch_norm_train_forward(Queue& q, const BatchNormShape& shape, Real epsilon, Real momentum, const Real* x,
                              const Real* weight, const Real* bias, Real* running_mean, Real* running_var, Real* mean, Real* rstd,
                              Real* y) {
  train_forward(q, shape, epsilon, momentum, x, weight, bias, running_mean, running_var, mean, rstd, y);
}
void batch_norm_train_forward(Queue& q, const BatchNormShape& shape, Real epsilon, Real momentum, const Bf16* x,
                              const Real* weight, const Real* bias, Real* running_mean, Real* running_var, Real* mean, Real* rstd,
                              Bf16* y) {
  train_forward(q, shape, epsilon, momentum, x, weight, bias, running_mean, running_var, mean, rstd, y);
}

void batch_norm_train_backward(Queue& q, const BatchNormShape& shape, const Real* x, const Real* dy, const Real* weight,
                               const Real* mean, const Real* rstd, Real* dx, Real* dweight, Real* dbias, Into dx_into,
                               Into parameter_into) {
  backward<false>(q, "batch_norm_train_backward", shape, 0, x, dy, weight, mean, rstd, dx, dweight, dbias, dx_into,
                  parameter_into);
}
void batch_norm_train_backward(Queue& q, const BatchNormShape& shape, const Bf16* x, const Bf16* dy, const Real* weight,
                               const Real* mean, const Real* rstd, Bf16* dx, Real* dweight, Real* dbias, Into dx_into,
                               Into parameter_into) {
  backward<false>(q, "batch_norm_train_backward", shape, 0, x, dy, weight, mean, rstd, dx, dweight, dbias, dx_into,
                  parameter_into);
}

void batch_norm_eval_forward(Queue& q, const BatchNormShape& shape, Real epsilon, const Real* x, const Real* weight,
                             const Real* bias, const Real* running_mean, const Real* running_var, Real* y) {
  eval_forward(q, shape, epsilon, x, weight, bias, running_mean, running_var, y);
}
void batch_norm_eval_forward(Queue& q, const BatchNormShape& shape, Real epsilon, const Bf16* x, const Real* weight,
                             const Real* bias, const Real* running_mean, const Real* running_var, Bf16* y) {
  eval_forward(q, shape, epsilon, x, weight, bias, running_mean, running_var, y);
}

void batch_norm_eval_backward(Queue& q, const BatchNormShape& shape, Real epsilon, const Real* x, const Real* dy,
                              const Real* weight, const Real* running_mean, const Real* running_var, Real* dx, Real* dweight,
                              Real* dbias, Into dx_into, Into parameter_into) {
  backward<true>(q, "batch_norm_eval_backward", shape, epsilon, x, dy, weight, running_mean, running_var, dx, dweight, dbias,
                 dx_into, parameter_into);
}
void batch_norm_eval_backward(Queue& q, const BatchNormShape& shape, Real epsilon, const Bf16* x, const Bf16* dy,
                              const Real* weight, const Real* running_mean, const Real* running_var, Bf16* dx, Real* dweight,
                              Real* dbias, Into dx_into, Into parameter_into) {
  backward<true>(q, "batch_norm_eval_backward", shape, epsilon, x, dy, weight, running_mean, running_var, dx, dweight, dbias,
                 dx_into, parameter_into);
}

}  // namespace tagloom::kernels::cuda

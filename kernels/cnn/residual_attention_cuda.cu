#include "kernels/cnn/residual_attention.h"
#include "kernels/cuda/launch.cuh"

namespace tagloom::kernels::cuda {
namespace {

// The scores of one tag in one picture. Neighbouring threads read neighbouring tags.
struct Column {
  const float* s;
  int64_t places, stride;

  __device__ float at(int64_t k) const { return s[k * stride]; }
  __device__ int64_t greatest() const {
    int64_t best = 0;
    float most = at(0);
    for (int64_t k = 1; k < places; ++k) {
      const float value = at(k);
      if (value > most) best = k, most = value;
    }
    return best;
  }
  // Returns r_h; `sum` receives the sum of exp(T (s - most)).
  __device__ float attend(float temperature, float most, float& sum) const {
    if (temperature >= ResidualAttentionShape::kMaximum) return most;
    float weighted = 0.0f;
    sum = 0.0f;
    for (int64_t k = 0; k < places; ++k) {
      const float value = at(k), a = expf(temperature * (value - most));
      sum += a;
      weighted += a * value;
    }
    return weighted / sum;
  }
};

__device__ Column column_of(const ResidualAttentionShape& shape, const float* s, int64_t i) {
  return {s + i / shape.v * shape.places * shape.v + i % shape.v, shape.places, shape.v};
}

// One thread per picture and tag; grid-stride.
__global__ void forward_kernel(ResidualAttentionShape shape, const float* s, float* y) {
  const int64_t total = shape.n * shape.v;
  for (int64_t i = blockIdx.x * int64_t(blockDim.x) + threadIdx.x; i < total; i += int64_t(gridDim.x) * blockDim.x) {
    const Column column = column_of(shape, s, i);
    const float most = column.at(column.greatest());
    float mean = 0.0f, attended = 0.0f, unused;
    for (int64_t k = 0; k < shape.places; ++k) mean += column.at(k) / static_cast<float>(shape.places);
    for (int h = 0; h < shape.heads; ++h) attended += column.attend(shape.temperature[h], most, unused);
    y[i] = static_cast<float>(shape.heads) * mean + shape.lambda * attended;
  }
}

// One thread per picture and tag, which writes all positions; grid-stride.
__global__ void backward_kernel(ResidualAttentionShape shape, const float* s, const float* dy, float* ds, bool add) {
  const int64_t total = shape.n * shape.v;
  for (int64_t i = blockIdx.x * int64_t(blockDim.x) + threadIdx.x; i < total; i += int64_t(gridDim.x) * blockDim.x) {
    const Column column = column_of(shape, s, i);
    float* out = ds + (column.s - s);
    const int64_t top = column.greatest();
    const float most = column.at(top);
    float r[ResidualAttentionShape::kMostHeads], sum[ResidualAttentionShape::kMostHeads];
    for (int h = 0; h < shape.heads; ++h) r[h] = column.attend(shape.temperature[h], most, sum[h]);
    for (int64_t k = 0; k < shape.places; ++k) {
      const float value = column.at(k);
      float factor = static_cast<float>(shape.heads) / static_cast<float>(shape.places);
      for (int h = 0; h < shape.heads; ++h) {
        const float temperature = shape.temperature[h];
        if (temperature >= ResidualAttentionShape::kMaximum) {
          factor += k == top ? shape.lambda : 0.0f;
        } else {
          factor += shape.lambda * expf(temperature * (value - most)) / sum[h] * (1.0f + temperature * (value - r[h]));
        }
      }
      float& to = out[k * shape.v];
      to = (add ? to : 0.0f) + dy[i] * factor;
    }
  }
}

}  // namespace

void residual_attention_forward(Queue& q, const ResidualAttentionShape& shape, const Real* s, Real* y) {
  shape.check();
  launch(q, "residual_attention_forward", blocks_for(shape.n * shape.v, 128), 128, 0, forward_kernel, shape, s, y);
}

void residual_attention_backward(Queue& q, const ResidualAttentionShape& shape, const Real* s, const Real* dy, Real* ds,
                                 Into into) {
  shape.check();
  launch(q, "residual_attention_backward", blocks_for(shape.n * shape.v, 128), 128, 0, backward_kernel, shape, s, dy, ds,
         into == Into::kAdd);
}

}  // namespace tagloom::kernels::cuda

#include "kernels/cnn/adaptive_avg_pool2d.h"
#include "kernels/cuda/launch.cuh"

namespace tagloom::kernels::cuda {
namespace {

__device__ int64_t span_begin(int64_t i, int64_t size, int64_t windows) { return i * size / windows; }
__device__ int64_t span_end(int64_t i, int64_t size, int64_t windows) { return ((i + 1) * size + windows - 1) / windows; }

// One thread per output value, neighbours along the channels; grid-stride.
template <class T>
__global__ void forward_kernel(AdaptivePool2dShape s, const T* x, T* y) {
  const int64_t total = s.n * s.p * s.q * s.c;
  for (int64_t i = blockIdx.x * int64_t(blockDim.x) + threadIdx.x; i < total; i += int64_t(gridDim.x) * blockDim.x) {
    const int64_t ic = i % s.c, iq = i / s.c % s.q, ip = i / s.c / s.q % s.p, in = i / s.c / s.q / s.p;
    const int64_t h0 = span_begin(ip, s.h, s.p), h1 = span_end(ip, s.h, s.p);
    const int64_t w0 = span_begin(iq, s.w, s.q), w1 = span_end(iq, s.w, s.q);
    float sum = 0.0f;
    for (int64_t ih = h0; ih < h1; ++ih) {
      for (int64_t iw = w0; iw < w1; ++iw) sum += to_float(x[((in * s.h + ih) * s.w + iw) * s.c + ic]);
    }
    y[i] = from_float<T>(sum / static_cast<float>((h1 - h0) * (w1 - w0)));
  }
}

// One thread per input value, which gathers from the windows that contain it; grid-stride.
template <class T>
__global__ void backward_kernel(AdaptivePool2dShape s, const T* dy, T* dx, bool add) {
  const int64_t total = s.n * s.h * s.w * s.c;
  for (int64_t i = blockIdx.x * int64_t(blockDim.x) + threadIdx.x; i < total; i += int64_t(gridDim.x) * blockDim.x) {
    const int64_t ic = i % s.c, iw = i / s.c % s.w, ih = i / s.c / s.w % s.h, in = i / s.c / s.w / s.h;
    float sum = add ? to_float(dx[i]) : 0.0f;
    for (int64_t ip = span_begin(ih, s.p, s.h); ip < span_end(ih, s.p, s.h); ++ip) {
      const int64_t rows = span_end(ip, s.h, s.p) - span_begin(ip, s.h, s.p);
      for (int64_t iq = span_begin(iw, s.q, s.w); iq < span_end(iw, s.q, s.w); ++iq) {
        const int64_t cols = span_end(iq, s.w, s.q) - span_begin(iq, s.w, s.q);
        sum += to_float(dy[((in * s.p + ip) * s.q + iq) * s.c + ic]) / static_cast<float>(rows * cols);
      }
    }
    dx[i] = from_float<T>(sum);
  }
}

template <class T>
void forward(Queue& q, const AdaptivePool2dShape& shape, const T* x, T* y) {
  shape.check();
  launch(q, "adaptive_avg_pool2d_forward", blocks_for(shape.n * shape.p * shape.q * shape.c, 256), 256, 0, forward_kernel<T>,
         shape, x, y);
}

template <class T>
void backward(Queue& q, const AdaptivePool2dShape& shape, const T* dy, T* dx, Into into) {
  shape.check();
  launch(q, "adaptive_avg_pool2d_backward", blocks_for(shape.n * shape.h * shape.w * shape.c, 256), 256, 0, backward_kernel<T>,
         shape, dy, dx, into == Into::kAdd);
}

}  // namespace

void adaptive_avg_pool2d_forward(Queue& q, const AdaptivePool2dShape& shape, const Real* x, Real* y) { forward(q, shape, x, y); }
void adaptive_avg_pool2d_forward(Queue& q, const AdaptivePool2dShape& shape, const Bf16* x, Bf16* y) { forward(q, shape, x, y); }
void adaptive_avg_pool2d_backward(Queue& q, const AdaptivePool2dShape& shape, const Real* dy, Real* dx, Into into) {
  backward(q, shape, dy, dx, into);
}
void adaptive_avg_pool2d_backward(Queue& q, const AdaptivePool2dShape& shape, const Bf16* dy, Bf16* dx, Into into) {
  backward(q, shape, dy, dx, into);
}

}  // namespace tagloom::kernels::cuda

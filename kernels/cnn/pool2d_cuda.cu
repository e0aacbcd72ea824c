#include "kernels/cnn/pool2d.h"
#include "kernels/cuda/launch.cuh"

namespace tagloom::kernels::cuda {
namespace {

// A shape in 32-bit integers: picture, windows and their positions.
struct Geometry {
  int h, w, c, r, s, stride, padding, p, q;
};

Geometry geometry_of(const Pool2dShape& shape) {
  return {int(shape.h),      int(shape.w),       int(shape.c),   int(shape.r),  int(shape.s),
          int(shape.stride), int(shape.padding), int(shape.p()), int(shape.q())};
}

// The pixels [begin, end) of one axis that window o covers.
__device__ inline void span(int o, int stride, int padding, int window, int size, int& begin, int& end) {
  const int start = o * stride - padding;
  begin = max(start, 0);
  end = min(start + window, size);
}

// The windows [begin, end) of one axis that cover pixel i.
__device__ inline void cover(int i, int stride, int padding, int window, int count, int& begin, int& end) {
  begin = i + padding < window ? 0 : (i + padding - window) / stride + 1;
  end = min((i + padding) / stride + 1, count);
}

// kCount neighbouring channels, read and written at once.
template <class T, int kCount>
struct alignas(sizeof(T) * kCount) Channels {
  T v[kCount];
};

// One thread per kCount channels of one window, channels fastest, grid-stride.
template <class T, int kCount>
__global__ void max_forward_kernel(int64_t items, Geometry g, const T* x, T* y, uint8_t* index) {
  for (int64_t i = blockIdx.x * int64_t(blockDim.x) + threadIdx.x; i < items; i += int64_t(gridDim.x) * blockDim.x) {
    const int groups = g.c / kCount, group = int(i % groups);
    const int64_t window = i / groups, row = window / g.q, picture = row / g.p;
    int h_begin, h_end, w_begin, w_end;
    span(int(row % g.p), g.stride, g.padding, g.r, g.h, h_begin, h_end);
    span(int(window % g.q), g.stride, g.padding, g.s, g.w, w_begin, w_end);
    const int h_start = int(row % g.p) * g.stride - g.padding, w_start = int(window % g.q) * g.stride - g.padding;
    float best[kCount];
    int where[kCount];
    for (int h = h_begin; h < h_end; ++h) {
      for (int w = w_begin; w < w_end; ++w) {
        const auto in = *reinterpret_cast<const Channels<T, kCount>*>(x + ((picture * g.h + h) * g.w + w) * g.c + group * kCount);
        const bool first = h == h_begin && w == w_begin;
        for (int j = 0; j < kCount; ++j) {
          const float value = to_float(in.v[j]);
          if (first || value > best[j] || isnan(value)) {
            best[j] = value;
            where[j] = (h - h_start) * g.s + w - w_start;
          }
        }
      }
    }
    Channels<T, kCount> out;
    Channels<uint8_t, kCount> position;
    for (int j = 0; j < kCount; ++j) {
      out.v[j] = from_float<T>(best[j]);
      position.v[j] = uint8_t(where[j]);
    }
    reinterpret_cast<Channels<T, kCount>*>(y)[i] = out;
    if (index != nullptr) reinterpret_cast<Channels<uint8_t, kCount>*>(index)[i] = position;
  }
}

// One thread per kCount channels of one pixel, channels fastest, grid-stride: it gathers from the windows that cover the
// pixel, in their order.
template <class T, int kCount>
__global__ void max_backward_kernel(int64_t items, Geometry g, const T* dy, const uint8_t* index, T* dx, bool add) {
  for (int64_t i = blockIdx.x * int64_t(blockDim.x) + threadIdx.x; i < items; i += int64_t(gridDim.x) * blockDim.x) {
    const int groups = g.c / kCount, group = int(i % groups);
    const int64_t pixel = i / groups, row = pixel / g.w, picture = row / g.h;
    const int h = int(row % g.h), w = int(pixel % g.w);
    int p_begin, p_end, q_begin, q_end;
    cover(h, g.stride, g.padding, g.r, g.p, p_begin, p_end);
    cover(w, g.stride, g.padding, g.s, g.q, q_begin, q_end);
    float sum[kCount] = {};
    if (add) {
      const auto before = reinterpret_cast<const Channels<T, kCount>*>(dx)[i];
      for (int j = 0; j < kCount; ++j) sum[j] = to_float(before.v[j]);
    }
    for (int p = p_begin; p < p_end; ++p) {
      for (int q = q_begin; q < q_end; ++q) {
        const int64_t at = ((picture * g.p + p) * g.q + q) * g.c + group * kCount;
        const auto slope = *reinterpret_cast<const Channels<T, kCount>*>(dy + at);
        const auto winner = *reinterpret_cast<const Channels<uint8_t, kCount>*>(index + at);
        const int position = (h - p * g.stride + g.padding) * g.s + w - q * g.stride + g.padding;
        for (int j = 0; j < kCount; ++j) sum[j] += winner.v[j] == position ? to_float(slope.v[j]) : 0.0f;
      }
    }
    Channels<T, kCount> out;
    for (int j = 0; j < kCount; ++j) out.v[j] = from_float<T>(sum[j]);
    reinterpret_cast<Channels<T, kCount>*>(dx)[i] = out;
  }
}

// One thread per kCount channels of one window, channels fastest, grid-stride.
template <class T, int kCount>
__global__ void avg_forward_kernel(int64_t items, Geometry g, const T* x, T* y) {
  for (int64_t i = blockIdx.x * int64_t(blockDim.x) + threadIdx.x; i < items; i += int64_t(gridDim.x) * blockDim.x) {
    const int groups = g.c / kCount, group = int(i % groups);
    const int64_t window = i / groups, row = window / g.q, picture = row / g.p;
    int h_begin, h_end, w_begin, w_end;
    span(int(row % g.p), g.stride, g.padding, g.r, g.h, h_begin, h_end);
    span(int(window % g.q), g.stride, g.padding, g.s, g.w, w_begin, w_end);
    float sum[kCount] = {};
    for (int h = h_begin; h < h_end; ++h) {
      for (int w = w_begin; w < w_end; ++w) {
        const auto in = *reinterpret_cast<const Channels<T, kCount>*>(x + ((picture * g.h + h) * g.w + w) * g.c + group * kCount);
        for (int j = 0; j < kCount; ++j) sum[j] += to_float(in.v[j]);
      }
    }
    const float count = float((h_end - h_begin) * (w_end - w_begin));
    Channels<T, kCount> out;
    for (int j = 0; j < kCount; ++j) out.v[j] = from_float<T>(sum[j] / count);
    reinterpret_cast<Channels<T, kCount>*>(y)[i] = out;
  }
}

// One thread per kCount channels of one pixel, channels fastest, grid-stride; gathers as max_backward_kernel does.
template <class T, int kCount>
__global__ void avg_backward_kernel(int64_t items, Geometry g, const T* dy, T* dx, bool add) {
  for (int64_t i = blockIdx.x * int64_t(blockDim.x) + threadIdx.x; i < items; i += int64_t(gridDim.x) * blockDim.x) {
    const int groups = g.c / kCount, group = int(i % groups);
    const int64_t pixel = i / groups, row = pixel / g.w, picture = row / g.h;
    int p_begin, p_end, q_begin, q_end;
    cover(int(row % g.h), g.stride, g.padding, g.r, g.p, p_begin, p_end);
    cover(int(pixel % g.w), g.stride, g.padding, g.s, g.q, q_begin, q_end);
    float sum[kCount] = {};
    if (add) {
      const auto before = reinterpret_cast<const Channels<T, kCount>*>(dx)[i];
      for (int j = 0; j < kCount; ++j) sum[j] = to_float(before.v[j]);
    }
    for (int p = p_begin; p < p_end; ++p) {
      for (int q = q_begin; q < q_end; ++q) {
        int h_begin, h_end, w_begin, w_end;
        span(p, g.stride, g.padding, g.r, g.h, h_begin, h_end);
        span(q, g.stride, g.padding, g.s, g.w, w_begin, w_end);
        const float count = float((h_end - h_begin) * (w_end - w_begin));
        const auto slope =
            *reinterpret_cast<const Channels<T, kCount>*>(dy + ((picture * g.p + p) * g.q + q) * g.c + group * kCount);
        for (int j = 0; j < kCount; ++j) sum[j] += to_float(slope.v[j]) / count;
      }
    }
    Channels<T, kCount> out;
    for (int j = 0; j < kCount; ++j) out.v[j] = from_float<T>(sum[j]);
    reinterpret_cast<Channels<T, kCount>*>(dx)[i] = out;
  }
}

// 16 bytes per thread if the channels form aligned groups of that size, else one value.
template <class T, class Wide, class Narrow>
void by_channels(const Pool2dShape& shape, int64_t pixels, const T* a, const T* b, const uint8_t* index, const Wide& wide,
                 const Narrow& narrow) {
  constexpr int kWide = Pack<T>::kCount;
  const bool aligned = (reinterpret_cast<uintptr_t>(a) | reinterpret_cast<uintptr_t>(b)) % 16 == 0 &&
                       reinterpret_cast<uintptr_t>(index) % kWide == 0;
  if (shape.c % kWide == 0 && aligned) {
    wide(pixels * (shape.c / kWide));
  } else {
    narrow(pixels * shape.c);
  }
}

template <class T>
void max_forward(Queue& q, const Pool2dShape& shape, const T* x, T* y, uint8_t* index) {
  shape.check_max();
  const Geometry g = geometry_of(shape);
  const auto run = [&](auto kernel, int64_t items) {
    launch(q, "max_pool2d_forward", blocks_for(items, 256), 256, 0, kernel, items, g, x, y, index);
  };
  by_channels<T>(
      shape, shape.n * shape.p() * shape.q(), x, y, index,
      [&](int64_t items) { run(max_forward_kernel<T, Pack<T>::kCount>, items); },
      [&](int64_t items) { run(max_forward_kernel<T, 1>, items); });
}

template <class T>
void max_backward(Queue& q, const Pool2dShape& shape, const T* dy, const uint8_t* index, T* dx, Into into) {
  shape.check_max();
  const Geometry g = geometry_of(shape);
  const auto run = [&](auto kernel, int64_t items) {
    launch(q, "max_pool2d_backward", blocks_for(items, 256), 256, 0, kernel, items, g, dy, index, dx, into == Into::kAdd);
  };
  by_channels<T>(
      shape, shape.n * shape.h * shape.w, dy, dx, index,
      [&](int64_t items) { run(max_backward_kernel<T, Pack<T>::kCount>, items); },
      [&](int64_t items) { run(max_backward_kernel<T, 1>, items); });
}

template <class T>
void avg_forward(Queue& q, const Pool2dShape& shape, const T* x, T* y) {
  shape.check();
  const Geometry g = geometry_of(shape);
  const auto run = [&](auto kernel, int64_t items) {
    launch(q, "avg_pool2d_forward", blocks_for(items, 256), 256, 0, kernel, items, g, x, y);
  };
  by_channels<T>(
      shape, shape.n * shape.p() * shape.q(), x, y, nullptr,
      [&](int64_t items) { run(avg_forward_kernel<T, Pack<T>::kCount>, items); },
      [&](int64_t items) { run(avg_forward_kernel<T, 1>, items); });
}

template <class T>
void avg_backward(Queue& q, const Pool2dShape& shape, const T* dy, T* dx, Into into) {
  shape.check();
  const Geometry g = geometry_of(shape);
  const auto run = [&](auto kernel, int64_t items) {
    launch(q, "avg_pool2d_backward", blocks_for(items, 256), 256, 0, kernel, items, g, dy, dx, into == Into::kAdd);
  };
  by_channels<T>(
      shape, shape.n * shape.h * shape.w, dy, dx, nullptr,
      [&](int64_t items) { run(avg_backward_kernel<T, Pack<T>::kCount>, items); },
      [&](int64_t items) { run(avg_backward_kernel<T, 1>, items); });
}

}  // namespace

void max_pool2d_forward(Queue& q, const Pool2dShape& shape, const Real* x, Real* y, uint8_t* index) {
  max_forward(q, shape, x, y, index);
}
void max_pool2d_forward(Queue& q, const Pool2dShape& shape, const Bf16* x, Bf16* y, uint8_t* index) {
  max_forward(q, shape, x, y, index);
}
void max_pool2d_backward(Queue& q, const Pool2dShape& shape, const Real* dy, const uint8_t* index, Real* dx, Into into) {
  max_backward(q, shape, dy, index, dx, into);
}
void max_pool2d_backward(Queue& q, const Pool2dShape& shape, const Bf16* dy, const uint8_t* index, Bf16* dx, Into into) {
  max_backward(q, shape, dy, index, dx, into);
}
void avg_pool2d_forward(Queue& q, const Pool2dShape& shape, const Real* x, Real* y) { avg_forward(q, shape, x, y); }
void avg_pool2d_forward(Queue& q, const Pool2dShape& shape, const Bf16* x, Bf16* y) { avg_forward(q, shape, x, y); }
void avg_pool2d_backward(Queue& q, const Pool2dShape& shape, const Real* dy, Real* dx, Into into) {
  avg_backward(q, shape, dy, dx, into);
}
void avg_pool2d_backward(Queue& q, const Pool2dShape& shape, const Bf16* dy, Bf16* dx, Into into) {
  avg_backward(q, shape, dy, dx, into);
}

}  // namespace tagloom::kernels::cuda

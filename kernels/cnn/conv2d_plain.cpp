// conv2d as plain loops, for the double-precision library that gradient checks link.
#include <algorithm>
#include <vector>

#include "kernels/cnn/conv2d.h"

namespace tagloom::kernels::cpu {
namespace {

// Calls visit(output offset, filter tap, input offset) for every tap of output row ip of picture `in` that reads a pixel.
template <class Visit>
void for_taps(const Conv2dShape& shape, int64_t in, int64_t ip, const Visit& visit) {
  for (int64_t iq = 0; iq < shape.q(); ++iq) {
    for (int64_t ir = 0; ir < shape.r; ++ir) {
      const int64_t ih = ip * shape.stride - shape.padding + ir * shape.dilation;
      if (ih < 0 || ih >= shape.h) continue;
      for (int64_t is = 0; is < shape.s; ++is) {
        const int64_t iw = iq * shape.stride - shape.padding + is * shape.dilation;
        if (iw < 0 || iw >= shape.w) continue;
        visit(((in * shape.p() + ip) * shape.q() + iq) * shape.k,  // first output channel
              ir * shape.s + is,                                   // filter position
              ((in * shape.h + ih) * shape.w + iw) * shape.c);     // first input channel
      }
    }
  }
}

template <class T>
void forward(const Conv2dShape& shape, const T* x, const T* filter, const T* bias, const T* residual, Activation activation,
             T* y) {
  shape.check();
  const int64_t c = shape.filter_c(), k = shape.k, each = k / shape.groups, taps = shape.r * shape.s, row = shape.q() * k;
#pragma omp parallel for schedule(static) collapse(2)
  for (int64_t in = 0; in < shape.n; ++in) {
    for (int64_t ip = 0; ip < shape.p(); ++ip) {
      const int64_t start = (in * shape.p() + ip) * row;
      std::vector<Real> sum(row, Real(0));
      for_taps(shape, in, ip, [&](int64_t out, int64_t tap, int64_t pixel) {
        for (int64_t ik = 0; ik < k; ++ik) {
          const T* read = x + pixel + ik / each * c;  // the group's channels
          Real dot = 0;
          for (int64_t ic = 0; ic < c; ++ic) {
            dot += static_cast<Real>(read[ic]) * static_cast<Real>(filter[(ik * taps + tap) * c + ic]);
          }
          sum[out - start + ik] += dot;
        }
      });
      for (int64_t i = 0; i < row; ++i) {
        if (residual != nullptr) sum[i] += static_cast<Real>(residual[start + i]);
        if (bias != nullptr) sum[i] += static_cast<Real>(bias[i % k]);
        y[start + i] = activation == Activation::kRelu ? std::max(sum[i], Real(0)) : sum[i];
      }
    }
  }
}

template <class T>
void backward_data(const Conv2dShape& shape, const T* filter, const T* dy, T* dx, Into into) {
  shape.check();
  const int64_t c = shape.filter_c(), k = shape.k, each = k / shape.groups, taps = shape.r * shape.s;
  const int64_t size = shape.h * shape.w * shape.c;
#pragma omp parallel for schedule(static)
  for (int64_t in = 0; in < shape.n; ++in) {
    std::vector<Real> sum(size, Real(0));
    for (int64_t ip = 0; ip < shape.p(); ++ip) {
      for_taps(shape, in, ip, [&](int64_t out, int64_t tap, int64_t pixel) {
        for (int64_t ik = 0; ik < k; ++ik) {
          const Real slope = dy[out + ik];
          Real* reached = &sum[pixel - in * size + ik / each * c];
          for (int64_t ic = 0; ic < c; ++ic) {
            reached[ic] += slope * static_cast<Real>(filter[(ik * taps + tap) * c + ic]);
          }
        }
      });
    }
    T* picture = dx + in * size;
    for (int64_t i = 0; i < size; ++i) picture[i] = into == Into::kAdd ? static_cast<Real>(picture[i]) + sum[i] : sum[i];
  }
}

template <class T>
void backward_filter(const Conv2dShape& shape, const T* x, const T* dy, Real* dfilter, Into into) {
  shape.check();
  const int64_t c = shape.filter_c(), each = shape.k / shape.groups, taps = shape.r * shape.s;
#pragma omp parallel for schedule(static)
  for (int64_t ik = 0; ik < shape.k; ++ik) {
    const int64_t first = ik / each * c;  // of the group's channels
    Real* sum = dfilter + ik * taps * c;
    if (into == Into::kOverwrite) std::fill(sum, sum + taps * c, Real(0));
    for (int64_t in = 0; in < shape.n; ++in) {
      for (int64_t ip = 0; ip < shape.p(); ++ip) {
        for_taps(shape, in, ip, [&](int64_t out, int64_t tap, int64_t pixel) {
          const Real slope = dy[out + ik];
          for (int64_t ic = 0; ic < c; ++ic) sum[tap * c + ic] += slope * static_cast<Real>(x[pixel + first + ic]);
        });
      }
    }
  }
}

}  // namespace

void conv2d_forward(Queue&, const Conv2dShape& shape, const Real* x, const Real* filter, const Real* bias, const Real* residual,
                    Activation activation, Real* y) {
  forward(shape, x, filter, bias, residual, activation, y);
}
void conv2d_forward(Queue&, const Conv2dShape& shape, const Bf16* x, const Bf16* filter, const Bf16* bias, const Bf16* residual,
                    Activation activation, Bf16* y) {
  forward(shape, x, filter, bias, residual, activation, y);
}
void conv2d_backward_data(Queue&, const Conv2dShape& shape, const Real* filter, const Real* dy, Real* dx, Into into) {
  backward_data(shape, filter, dy, dx, into);
}
void conv2d_backward_data(Queue&, const Conv2dShape& shape, const Bf16* filter, const Bf16* dy, Bf16* dx, Into into) {
  backward_data(shape, filter, dy, dx, into);
}
void conv2d_backward_filter(Queue&, const Conv2dShape& shape, const Real* x, const Real* dy, Real* dfilter, Into into) {
  backward_filter(shape, x, dy, dfilter, into);
}
void conv2d_backward_filter(Queue&, const Conv2dShape& shape, const Bf16* x, const Bf16* dy, Real* dfilter, Into into) {
  backward_filter(shape, x, dy, dfilter, into);
}

}  // namespace tagloom::kernels::cpu

#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/cnn/pool2d.h"

TL_CPU_BEGIN
namespace tagloom::kernels::TL_CPU {
namespace {

// The pixels [begin, end) of one axis that window `o` covers, and the window position of the first of them.
struct Span {
  int64_t begin, end, first;
  Span(int64_t o, int64_t stride, int64_t padding, int64_t window, int64_t size) {
    const int64_t start = o * stride - padding;
    begin = std::max<int64_t>(start, 0);
    end = std::min(start + window, size);
    first = begin - start;
  }
};

// The windows [begin, end) of one axis that cover pixel i.
struct Cover {
  int64_t begin, end;
  Cover(int64_t i, int64_t stride, int64_t padding, int64_t window, int64_t count) {
    begin = i + padding < window ? 0 : (i + padding - window) / stride + 1;
    end = std::min((i + padding) / stride + 1, count);
  }
};

template <class T>
void max_forward(const Pool2dShape& shape, const T* x, T* y, uint8_t* index) {
  shape.check_max();
  const int64_t n = shape.n, h = shape.h, w = shape.w, c = shape.c, r = shape.r, s = shape.s;
  const int64_t stride = shape.stride, padding = shape.padding;
  const int64_t p = shape.p(), q = shape.q();
#pragma omp parallel for schedule(static) collapse(2)
  for (int64_t in = 0; in < n; ++in) {
    for (int64_t ip = 0; ip < p; ++ip) {
      std::vector<Real> best(c);
      std::vector<uint8_t> where(c);
      const Span rows(ip, stride, padding, r, h);
      for (int64_t iq = 0; iq < q; ++iq) {
        const Span cols(iq, stride, padding, s, w);
        bool first = true;
        for (int64_t ih = rows.begin; ih < rows.end; ++ih) {
          for (int64_t iw = cols.begin; iw < cols.end; ++iw) {
            const T* pixel = x + ((in * h + ih) * w + iw) * c;
            const auto at = static_cast<uint8_t>((rows.first + ih - rows.begin) * s + cols.first + iw - cols.begin);
            for (int64_t ic = 0; ic < c; ++ic) {
              const Real value = pixel[ic];
              const bool wins = first || value > best[ic] || std::isnan(value);
              best[ic] = wins ? value : best[ic];
              where[ic] = wins ? at : where[ic];
            }
            first = false;
          }
        }
        const int64_t out = ((in * p + ip) * q + iq) * c;
        for (int64_t ic = 0; ic < c; ++ic) y[out + ic] = best[ic];
        if (index != nullptr) std::copy(where.begin(), where.end(), index + out);
      }
    }
  }
}

// Each pixel gathers from the windows that cover it, in their order.
template <class T, class Term>
void gather(const Pool2dShape& shape, T* dx, Into into, const Term& add_window) {
  const int64_t n = shape.n, h = shape.h, w = shape.w, c = shape.c, r = shape.r, s = shape.s;
  const int64_t stride = shape.stride, padding = shape.padding;
#pragma omp parallel for schedule(static) collapse(2)
  for (int64_t in = 0; in < n; ++in) {
    for (int64_t ih = 0; ih < h; ++ih) {
      std::vector<Real> sum(c);
      const Cover rows(ih, stride, padding, r, shape.p());
      for (int64_t iw = 0; iw < w; ++iw) {
        const Cover cols(iw, stride, padding, s, shape.q());
        T* pixel = dx + ((in * h + ih) * w + iw) * c;
        for (int64_t ic = 0; ic < c; ++ic) sum[ic] = into == Into::kAdd ? static_cast<Real>(pixel[ic]) : Real(0);
        for (int64_t ip = rows.begin; ip < rows.end; ++ip) {
          for (int64_t iq = cols.begin; iq < cols.end; ++iq) {
            const int64_t position = (ih - ip * stride + padding) * s + iw - iq * stride + padding;
            add_window(in, ip, iq, position, sum.data());
          }
        }
        for (int64_t ic = 0; ic < c; ++ic) pixel[ic] = sum[ic];
      }
    }
  }
}

template <class T>
void max_backward(const Pool2dShape& shape, const T* dy, const uint8_t* index, T* dx, Into into) {
  shape.check_max();
  const int64_t p = shape.p(), q = shape.q(), c = shape.c;
  gather(shape, dx, into, [=](int64_t in, int64_t ip, int64_t iq, int64_t position, Real* sum) {
    const int64_t out = ((in * p + ip) * q + iq) * c;
    for (int64_t ic = 0; ic < c; ++ic) {
      sum[ic] += index[out + ic] == position ? static_cast<Real>(dy[out + ic]) : Real(0);
    }
  });
}

template <class T>
void avg_forward(const Pool2dShape& shape, const T* x, T* y) {
  shape.check();
  const int64_t n = shape.n, h = shape.h, w = shape.w, c = shape.c, r = shape.r, s = shape.s;
  const int64_t stride = shape.stride, padding = shape.padding;
  const int64_t p = shape.p(), q = shape.q();
#pragma omp parallel for schedule(static) collapse(2)
  for (int64_t in = 0; in < n; ++in) {
    for (int64_t ip = 0; ip < p; ++ip) {
      std::vector<Real> sum(c);
      const Span rows(ip, stride, padding, r, h);
      for (int64_t iq = 0; iq < q; ++iq) {
        const Span cols(iq, stride, padding, s, w);
        std::fill(sum.begin(), sum.end(), Real(0));
        for (int64_t ih = rows.begin; ih < rows.end; ++ih) {
          for (int64_t iw = cols.begin; iw < cols.end; ++iw) {
            const T* pixel = x + ((in * h + ih) * w + iw) * c;
            for (int64_t ic = 0; ic < c; ++ic) sum[ic] += static_cast<Real>(pixel[ic]);
          }
        }
        const Real count = static_cast<Real>((rows.end - rows.begin) * (cols.end - cols.begin));
        T* out = y + ((in * p + ip) * q + iq) * c;
        for (int64_t ic = 0; ic < c; ++ic) out[ic] = sum[ic] / count;
      }
    }
  }
}

template <class T>
void avg_backward(const Pool2dShape& shape, const T* dy, T* dx, Into into) {
  shape.check();
  gather(shape, dx, into, [&](int64_t in, int64_t ip, int64_t iq, int64_t, Real* sum) {
    const Span rows(ip, shape.stride, shape.padding, shape.r, shape.h);
    const Span cols(iq, shape.stride, shape.padding, shape.s, shape.w);
    const Real count = static_cast<Real>((rows.end - rows.begin) * (cols.end - cols.begin));
    const T* out = dy + ((in * shape.p() + ip) * shape.q() + iq) * shape.c;
    for (int64_t ic = 0; ic < shape.c; ++ic) sum[ic] += static_cast<Real>(out[ic]) / count;
  });
}

}  // namespace

void max_pool2d_forward(Queue&, const Pool2dShape& shape, const Real* x, Real* y, uint8_t* index) {
  max_forward(shape, x, y, index);
}
void max_pool2d_forward(Queue&, const Pool2dShape& shape, const Bf16* x, Bf16* y, uint8_t* index) {
  max_forward(shape, x, y, index);
}
void max_pool2d_backward(Queue&, const Pool2dShape& shape, const Real* dy, const uint8_t* index, Real* dx, Into into) {
  max_backward(shape, dy, index, dx, into);
}
void max_pool2d_backward(Queue&, const Pool2dShape& shape, const Bf16* dy, const uint8_t* index, Bf16* dx, Into into) {
  max_backward(shape, dy, index, dx, into);
}
void avg_pool2d_forward(Queue&, const Pool2dShape& shape, const Real* x, Real* y) { avg_forward(shape, x, y); }
void avg_pool2d_forward(Queue&, const Pool2dShape& shape, const Bf16* x, Bf16* y) { avg_forward(shape, x, y); }
void avg_pool2d_backward(Queue&, const Pool2dShape& shape, const Real* dy, Real* dx, Into into) {
  avg_backward(shape, dy, dx, into);
}
void avg_pool2d_backward(Queue&, const Pool2dShape& shape, const Bf16* dy, Bf16* dx, Into into) {
  avg_backward(shape, dy, dx, into);
}

}  // namespace tagloom::kernels::TL_CPU
TL_CPU_END

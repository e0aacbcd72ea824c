#include "kernels/cnn/adaptive_avg_pool2d.h"

#include <vector>

TL_CPU_BEGIN
namespace tagloom::kernels::TL_CPU {
namespace {

// The pixels [begin, end) of one axis under window i of `windows`.
struct Span {
  int64_t begin, end;
  Span(int64_t i, int64_t size, int64_t windows) : begin(i * size / windows), end(((i + 1) * size + windows - 1) / windows) {}
  int64_t count() const { return end - begin; }
};

// The windows [begin, end) of one axis that contain pixel i.
struct Cover {
  int64_t begin, end;
  Cover(int64_t i, int64_t size, int64_t windows) : begin(i * windows / size), end(((i + 1) * windows + size - 1) / size) {}
};

template <class T>
void forward(const AdaptivePool2dShape& shape, const T* x, T* y) {
  shape.check();
  const int64_t n = shape.n, h = shape.h, w = shape.w, c = shape.c, p = shape.p, q = shape.q;
#pragma omp parallel for schedule(static) collapse(2)
  for (int64_t in = 0; in < n; ++in) {
    for (int64_t ip = 0; ip < p; ++ip) {
      std::vector<Real> sum(c);
      const Span rows(ip, h, p);
      for (int64_t iq = 0; iq < q; ++iq) {
        const Span cols(iq, w, q);
        sum.assign(c, Real(0));
        for (int64_t ih = rows.begin; ih < rows.end; ++ih) {
          for (int64_t iw = cols.begin; iw < cols.end; ++iw) {
            const T* pixel = x + ((in * h + ih) * w + iw) * c;
            for (int64_t ic = 0; ic < c; ++ic) sum[ic] += static_cast<Real>(pixel[ic]);
          }
        }
        const Real count = static_cast<Real>(rows.count() * cols.count());
        T* out = y + ((in * p + ip) * q + iq) * c;
        for (int64_t ic = 0; ic < c; ++ic) out[ic] = sum[ic] / count;
      }
    }
  }
}

template <class T>
void backward(const AdaptivePool2dShape& shape, const T* dy, T* dx, Into into) {
  shape.check();
  const int64_t n = shape.n, h = shape.h, w = shape.w, c = shape.c, p = shape.p, q = shape.q;
#pragma omp parallel for schedule(static) collapse(2)
  for (int64_t in = 0; in < n; ++in) {
    for (int64_t ih = 0; ih < h; ++ih) {
      std::vector<Real> sum(c);
      const Cover rows(ih, h, p);
      for (int64_t iw = 0; iw < w; ++iw) {
        const Cover cols(iw, w, q);
        T* pixel = dx + ((in * h + ih) * w + iw) * c;
        for (int64_t ic = 0; ic < c; ++ic) sum[ic] = into == Into::kAdd ? static_cast<Real>(pixel[ic]) : Real(0);
        for (int64_t ip = rows.begin; ip < rows.end; ++ip) {
          for (int64_t iq = cols.begin; iq < cols.end; ++iq) {
            const Real count = static_cast<Real>(Span(ip, h, p).count() * Span(iq, w, q).count());
            const T* out = dy + ((in * p + ip) * q + iq) * c;
            for (int64_t ic = 0; ic < c; ++ic) sum[ic] += static_cast<Real>(out[ic]) / count;
          }
        }
        for (int64_t ic = 0; ic < c; ++ic) pixel[ic] = sum[ic];
      }
    }
  }
}

}  // namespace

void adaptive_avg_pool2d_forward(Queue&, const AdaptivePool2dShape& shape, const Real* x, Real* y) { forward(shape, x, y); }
void adaptive_avg_pool2d_forward(Queue&, const AdaptivePool2dShape& shape, const Bf16* x, Bf16* y) { forward(shape, x, y); }
void adaptive_avg_pool2d_backward(Queue&, const AdaptivePool2dShape& shape, const Real* dy, Real* dx, Into into) {
  backward(shape, dy, dx, into);
}
void adaptive_avg_pool2d_backward(Queue&, const AdaptivePool2dShape& shape, const Bf16* dy, Bf16* dx, Into into) {
  backward(shape, dy, dx, into);
}

}  // namespace tagloom::kernels::TL_CPU
TL_CPU_END

#include <cmath>
#include <vector>

#include "kernels/cnn/residual_attention.h"

TL_CPU_BEGIN
namespace tagloom::kernels::TL_CPU {
namespace {

// The scores of one tag in one picture, as a strided view.
struct Column {
  const Real* s;
  int64_t places, stride;

  Real at(int64_t k) const { return s[k * stride]; }
  int64_t greatest() const {
    int64_t best = 0;
    for (int64_t k = 1; k < places; ++k) {
      if (at(k) > at(best)) best = k;
    }
    return best;
  }
  // Computes a_h for every position; returns r_h. `top` is greatest().
  Real attend(Real temperature, int64_t top, std::vector<Real>& a) const {
    if (temperature >= ResidualAttentionShape::kMaximum) {
      a.assign(places, 0);
      a[top] = 1;
      return at(top);
    }
    Real sum = 0, weighted = 0;
    for (int64_t k = 0; k < places; ++k) {
      a[k] = std::exp(temperature * (at(k) - at(top)));
      sum += a[k];
      weighted += a[k] * at(k);
    }
    for (int64_t k = 0; k < places; ++k) a[k] /= sum;
    return weighted / sum;
  }
};

Column column_of(const ResidualAttentionShape& shape, const Real* s, int64_t i) {
  return {s + i / shape.v * shape.places * shape.v + i % shape.v, shape.places, shape.v};
}

}  // namespace

void residual_attention_forward(Queue&, const ResidualAttentionShape& shape, const Real* s, Real* y) {
  shape.check();
#pragma omp parallel for schedule(static)
  for (int64_t i = 0; i < shape.n * shape.v; ++i) {
    const Column column = column_of(shape, s, i);
    std::vector<Real> a(shape.places);
    const int64_t top = column.greatest();
    Real mean = 0, attended = 0;
    for (int64_t k = 0; k < shape.places; ++k) mean += column.at(k) / static_cast<Real>(shape.places);
    for (int h = 0; h < shape.heads; ++h) attended += column.attend(shape.temperature[h], top, a);
    y[i] = static_cast<Real>(shape.heads) * mean + shape.lambda * attended;
  }
}

void residual_attention_backward(Queue&, const ResidualAttentionShape& shape, const Real* s, const Real* dy, Real* ds,
                                 Into into) {
  shape.check();
#pragma omp parallel for schedule(static)
  for (int64_t i = 0; i < shape.n * shape.v; ++i) {
    const Column column = column_of(shape, s, i);
    Real* out = ds + (column.s - s);
    std::vector<Real> a(shape.places), sum(shape.places, static_cast<Real>(shape.heads) / static_cast<Real>(shape.places));
    const int64_t top = column.greatest();
    for (int h = 0; h < shape.heads; ++h) {
      const Real temperature = shape.temperature[h], r = column.attend(temperature, top, a);
      const Real slope = temperature >= ResidualAttentionShape::kMaximum ? 0 : temperature;
      for (int64_t k = 0; k < shape.places; ++k) sum[k] += shape.lambda * a[k] * (Real(1) + slope * (column.at(k) - r));
    }
    for (int64_t k = 0; k < shape.places; ++k) {
      Real& to = out[k * shape.v];
      to = (into == Into::kAdd ? to : Real(0)) + dy[i] * sum[k];
    }
  }
}

}  // namespace tagloom::kernels::TL_CPU
TL_CPU_END

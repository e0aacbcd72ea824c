#include "kernels/lstm/attention.h"

#include <algorithm>

#include "kernels/loss/softmax_xent.h"

TL_CPU_BEGIN
namespace tagloom::kernels::TL_CPU {
namespace {

Real dot(const Real* x, const Real* y, int64_t count) {
  Real sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < count; ++i) sum += x[i] * y[i];
  return sum;
}

}  // namespace

void attention_forward(Queue& queue, const AttentionShape& shape, const Real* k, const Real* q, const Real* w, const Real* v,
                       Real* alpha, Real* z) {
  const int64_t n = shape.n, p = shape.p, a = shape.a, c = shape.c;
  TL_CHECK(n == 0 || p >= 1, "[attention] needs at least one position, got {}", p);
#pragma omp parallel for schedule(static)
  for (int64_t row = 0; row < n * p; ++row) {
    const Real *key = k + row * a, *ask = q + row / p * a;
    Real score = 0;
#pragma omp simd reduction(+ : score)
    for (int64_t j = 0; j < a; ++j) score += w[j] * std::max(key[j] + ask[j], Real(0));
    alpha[row] = score;
  }
  softmax_forward(queue, {n, p}, alpha, alpha);
#pragma omp parallel for schedule(static)
  for (int64_t i = 0; i < n; ++i) {
    Real* seen = z + i * c;
    std::fill(seen, seen + c, Real(0));
    for (int64_t place = 0; place < p; ++place) {
      const Real weight = alpha[i * p + place];
      const Real* value = v + (i * p + place) * c;
      for (int64_t j = 0; j < c; ++j) seen[j] += weight * value[j];
    }
  }
}

void attention_backward(Queue&, const AttentionShape& shape, const Real* k, const Real* q, const Real* w, const Real* v,
                        const Real* alpha, const Real* dz, Real* ds, Real* dk, Into into_k, Real* dq, Real* dw, Real* dv,
                        Into into_v) {
  const int64_t n = shape.n, p = shape.p, a = shape.a, c = shape.c;
#pragma omp parallel for schedule(static)
  for (int64_t i = 0; i < n; ++i) {
    const Real *weight = alpha + i * p, *dseen = dz + i * c, *ask = q + i * a;
    Real* dscore = ds + i * p;
    for (int64_t place = 0; place < p; ++place) dscore[place] = dot(dseen, v + (i * p + place) * c, c);
    const Real mean = dot(weight, dscore, p);
    for (int64_t place = 0; place < p; ++place) dscore[place] = weight[place] * (dscore[place] - mean);

    Real *dask = dq + i * a, *dweight = dw + i * a;
    std::fill(dask, dask + a, Real(0));
    std::fill(dweight, dweight + a, Real(0));
    for (int64_t place = 0; place < p; ++place) {
      const int64_t row = i * p + place;
      const Real *key = k + row * a, d = dscore[place];
      Real* dkey = dk + row * a;
      for (int64_t j = 0; j < a; ++j) {
        const Real x = key[j] + ask[j];
        const Real dx = x > 0 ? d * w[j] : Real(0);
        dweight[j] += d * std::max(x, Real(0));
        dask[j] += dx;
        dkey[j] = into_k == Into::kAdd ? dkey[j] + dx : dx;
      }
      if (dv == nullptr) continue;
      Real* dvalue = dv + row * c;
      for (int64_t j = 0; j < c; ++j) {
        const Real dx = weight[place] * dseen[j];
        dvalue[j] = into_v == Into::kAdd ? dvalue[j] + dx : dx;
      }
    }
  }
}

}  // namespace tagloom::kernels::TL_CPU
TL_CPU_END

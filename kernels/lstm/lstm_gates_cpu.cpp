#include "kernels/lstm/lstm_gates.h"

#include "kernels/base/exponential.h"

namespace tagloom::kernels::cpu {
namespace {

void write(Real value, Into into, Real& y) { y = into == Into::kAdd ? y + value : value; }

}  // namespace

void lstm_gates_forward(Queue&, const LstmGatesShape& shape, const Real* gates_in, const Real* c_prev, Real* gates, Real* c,
                        Real* h) {
  const int64_t d = shape.d;
#pragma omp parallel for schedule(static)
  for (int64_t n = 0; n < shape.n; ++n) {
    const Real* in = gates_in + n * 4 * d;
    Real* out = gates + n * 4 * d;
#pragma omp simd
    for (int64_t j = 0; j < d; ++j) {
      const Real i = vector_sigmoid(in[j]), f = vector_sigmoid(in[d + j]), g = vector_tanh(in[2 * d + j]),
                 o = vector_sigmoid(in[3 * d + j]);
      const Real cell = (c_prev ? f * c_prev[n * d + j] : Real(0)) + i * g;
      out[j] = i;
      out[d + j] = f;
      out[2 * d + j] = g;
      out[3 * d + j] = o;
      c[n * d + j] = cell;
      h[n * d + j] = o * vector_tanh(cell);
    }
  }
}

void lstm_gates_backward(Queue&, const LstmGatesShape& shape, const Real* gates, const Real* c_prev, const Real* c,
                         const Real* dh, const Real* dc, Real* dgates, Real* dc_prev, Into dgates_into, Into dc_prev_into) {
  const int64_t d = shape.d;
#pragma omp parallel for schedule(static)
  for (int64_t n = 0; n < shape.n; ++n) {
    const Real* row = gates + n * 4 * d;
    Real* drow = dgates + n * 4 * d;
#pragma omp simd
    for (int64_t j = 0; j < d; ++j) {
      const int64_t at = n * d + j;
      const Real i = row[j], f = row[d + j], g = row[2 * d + j], o = row[3 * d + j];
      const Real tanh_c = vector_tanh(c[at]);
      const Real dh_here = dh ? dh[at] : Real(0);
      const Real dc_all = (dc ? dc[at] : Real(0)) + dh_here * o * (Real(1) - tanh_c * tanh_c);
      const Real before = c_prev ? c_prev[at] : Real(0);
      write(dc_all * g * i * (Real(1) - i), dgates_into, drow[j]);
      write(dc_all * before * f * (Real(1) - f), dgates_into, drow[d + j]);
      write(dc_all * i * (Real(1) - g * g), dgates_into, drow[2 * d + j]);
      write(dh_here * tanh_c * o * (Real(1) - o), dgates_into, drow[3 * d + j]);
      if (dc_prev) write(dc_all * f, dc_prev_into, dc_prev[at]);
    }
  }
}

}  // namespace tagloom::kernels::cpu

#include "kernels/lstm/lstm_gates.h"

#include "kernels/cpu/exponential.h"
#include "kernels/cpu/write_rounded.h"

TL_CPU_BEGIN
namespace tagloom::kernels::TL_CPU {
namespace {

template <class T>
void forward(const LstmGatesShape& shape, const T* gates_in, const Real* recurrent, const Real* c_prev, T* gates, Real* c, T* h) {
  const int64_t d = shape.d;
#pragma omp parallel for schedule(static)
  for (int64_t n = 0; n < shape.n; ++n) {
    const T* in = gates_in + n * 4 * d;
    const Real* more = recurrent ? recurrent + n * 4 * d : nullptr;
    T* out = gates + n * 4 * d;
    const auto pre = [in, more](int64_t k) { return more ? static_cast<Real>(in[k]) + more[k] : static_cast<Real>(in[k]); };
#pragma omp simd
    for (int64_t j = 0; j < d; ++j) {
      const Real i = vector_sigmoid(pre(j)), f = vector_sigmoid(pre(d + j)), g = vector_tanh(pre(2 * d + j)),
                 o = vector_sigmoid(pre(3 * d + j));
      const Real cell = (c_prev ? f * c_prev[n * d + j] : Real(0)) + i * g;
      write_rounded(i, out[j]);
      write_rounded(f, out[d + j]);
      write_rounded(g, out[2 * d + j]);
      write_rounded(o, out[3 * d + j]);
      c[n * d + j] = cell;
      write_rounded(o * vector_tanh(cell), h[n * d + j]);
    }
  }
}

template <class T>
void backward(const LstmGatesShape& shape, const T* gates, const Real* c_prev, const Real* c, const T* dh, const Real* dc,
              T* dgates, Real* dc_prev, Into dgates_into, Into dc_prev_into) {
  const int64_t d = shape.d;
#pragma omp parallel for schedule(static)
  for (int64_t n = 0; n < shape.n; ++n) {
    const T* row = gates + n * 4 * d;
    T* drow = dgates + n * 4 * d;
#pragma omp simd
    for (int64_t j = 0; j < d; ++j) {
      const int64_t at = n * d + j;
      const Real i = row[j], f = row[d + j], g = row[2 * d + j], o = row[3 * d + j];
      const Real tanh_c = vector_tanh(c[at]);
      const Real dh_here = dh ? static_cast<Real>(dh[at]) : Real(0);
      const Real dc_all = (dc ? dc[at] : Real(0)) + dh_here * o * (Real(1) - tanh_c * tanh_c);
      const Real before = c_prev ? c_prev[at] : Real(0);
      write_rounded(dc_all * g * i * (Real(1) - i), dgates_into, drow[j]);
      write_rounded(dc_all * before * f * (Real(1) - f), dgates_into, drow[d + j]);
      write_rounded(dc_all * i * (Real(1) - g * g), dgates_into, drow[2 * d + j]);
      write_rounded(dh_here * tanh_c * o * (Real(1) - o), dgates_into, drow[3 * d + j]);
      if (dc_prev) write_rounded(dc_all * f, dc_prev_into, dc_prev[at]);
    }
  }
}

}  // namespace

void lstm_gates_forward(Queue&, const LstmGatesShape& shape, const Real* gates_in, const Real* recurrent, const Real* c_prev,
                        Real* gates, Real* c, Real* h) {
  forward(shape, gates_in, recurrent, c_prev, gates, c, h);
}
void lstm_gates_forward(Queue&, const LstmGatesShape& shape, const Bf16* gates_in, const Real* recurrent, const Real* c_prev,
                        Bf16* gates, Real* c, Bf16* h) {
  forward(shape, gates_in, recurrent, c_prev, gates, c, h);
}

void lstm_gates_backward(Queue&, const LstmGatesShape& shape, const Real* gates, const Real* c_prev, const Real* c,
                         const Real* dh, const Real* dc, Real* dgates, Real* dc_prev, Into dgates_into, Into dc_prev_into) {
  backward(shape, gates, c_prev, c, dh, dc, dgates, dc_prev, dgates_into, dc_prev_into);
}
void lstm_gates_backward(Queue&, const LstmGatesShape& shape, const Bf16* gates, const Real* c_prev, const Real* c,
                         const Bf16* dh, const Real* dc, Bf16* dgates, Real* dc_prev, Into dgates_into, Into dc_prev_into) {
  backward(shape, gates, c_prev, c, dh, dc, dgates, dc_prev, dgates_into, dc_prev_into);
}

}  // namespace tagloom::kernels::TL_CPU
TL_CPU_END

#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/vector.cuh"
#include "kernels/lstm/lstm_gates.h"

namespace tagloom::kernels::cuda {
namespace {

__device__ float sigmoid(float x) { return 1.0f / (1.0f + expf(-x)); }

template <int N, class T>
__device__ Values<float, N> load_or_zero(const T* from, int64_t at) {
  if (from) return load_floats<N>(from + at);
  return Values<float, N>{};
}

// A gate before its activation.
template <int N, class T>
__device__ Values<float, N> load_sum(const T* gates_in, const float* recurrent, int64_t at) {
  Values<float, N> sum = load_floats<N>(gates_in + at);
  const Values<float, N> more = load_or_zero<N>(recurrent, at);
  for (int j = 0; j < N; ++j) sum.v[j] += more.v[j];
  return sum;
}

// Block (row, part): one thread per N hidden units and their four gates; it finishes reading before it writes, so gates may be
// gates_in or recurrent.
template <int N, class T>
__global__ void forward_kernel(int64_t d, const T* gates_in, const float* recurrent, const float* c_prev, T* gates, float* c,
                               T* h) {
  const int64_t unit = (blockIdx.y * int64_t(blockDim.x) + threadIdx.x) * N;
  if (unit >= d) return;
  const int64_t row = blockIdx.x, at = row * d + unit, gate_at = row * 4 * d + unit;
  Values<float, N> i = load_sum<N>(gates_in, recurrent, gate_at), f = load_sum<N>(gates_in, recurrent, gate_at + d);
  Values<float, N> g = load_sum<N>(gates_in, recurrent, gate_at + 2 * d), o = load_sum<N>(gates_in, recurrent, gate_at + 3 * d);
  Values<float, N> cell = load_or_zero<N>(c_prev, at), hidden;
  for (int j = 0; j < N; ++j) {
    i.v[j] = sigmoid(i.v[j]);
    f.v[j] = sigmoid(f.v[j]);
    g.v[j] = tanhf(g.v[j]);
    o.v[j] = sigmoid(o.v[j]);
    cell.v[j] = f.v[j] * cell.v[j] + i.v[j] * g.v[j];
    hidden.v[j] = o.v[j] * tanhf(cell.v[j]);
  }
  store_floats<N>(gates + gate_at, i);
  store_floats<N>(gates + gate_at + d, f);
  store_floats<N>(gates + gate_at + 2 * d, g);
  store_floats<N>(gates + gate_at + 3 * d, o);
  store<N>(c + at, cell);
  store_floats<N>(h + at, hidden);
}

// Block (row, part): one thread per N hidden units; it finishes reading before it writes, so dgates may be gates.
template <int N, class T>
__global__ void backward_kernel(int64_t d, const T* gates, const float* c_prev, const float* c, const T* dh, const float* dc,
                                T* dgates, float* dc_prev, bool add_dgates, bool add_dc_prev) {
  const int64_t unit = (blockIdx.y * int64_t(blockDim.x) + threadIdx.x) * N;
  if (unit >= d) return;
  const int64_t row = blockIdx.x, at = row * d + unit, gate_at = row * 4 * d + unit;
  const Values<float, N> i = load_floats<N>(gates + gate_at), f = load_floats<N>(gates + gate_at + d);
  const Values<float, N> g = load_floats<N>(gates + gate_at + 2 * d), o = load_floats<N>(gates + gate_at + 3 * d);
  const Values<float, N> before = load_or_zero<N>(c_prev, at), cell = load<N>(c + at);
  const Values<float, N> dh_here = load_or_zero<N>(dh, at), dc_here = load_or_zero<N>(dc, at);
  Values<float, N> di, df, dg, d_o, dc_before;
  for (int j = 0; j < N; ++j) {
    const float tanh_c = tanhf(cell.v[j]);
    const float dc_all = dc_here.v[j] + dh_here.v[j] * o.v[j] * (1.0f - tanh_c * tanh_c);
    di.v[j] = dc_all * g.v[j] * i.v[j] * (1.0f - i.v[j]);
    df.v[j] = dc_all * before.v[j] * f.v[j] * (1.0f - f.v[j]);
    dg.v[j] = dc_all * i.v[j] * (1.0f - g.v[j] * g.v[j]);
    d_o.v[j] = dh_here.v[j] * tanh_c * o.v[j] * (1.0f - o.v[j]);
    dc_before.v[j] = dc_all * f.v[j];
  }
  store_or_add<N>(dgates + gate_at, di, add_dgates);
  store_or_add<N>(dgates + gate_at + d, df, add_dgates);
  store_or_add<N>(dgates + gate_at + 2 * d, dg, add_dgates);
  store_or_add<N>(dgates + gate_at + 3 * d, d_o, add_dgates);
  if (dc_prev) store_or_add<N>(dc_prev + at, dc_before, add_dc_prev);
}

// Hidden units per thread: 16 bytes of gates, or 8, or one value, depending on the alignment of their rows.
template <class T>
int units_per_thread(int64_t d, bool aligned) {
  return !aligned || d % 4 != 0 ? 1 : d % Pack<T>::kCount == 0 ? Pack<T>::kCount : 4;
}

unsigned block_for(int units) { return units > 4 ? 64 : 128; }

dim3 grid_for(const LstmGatesShape& shape, int units) {
  const int64_t units_per_block = int64_t{block_for(units)} * units;
  return dim3(static_cast<unsigned>(shape.n), static_cast<unsigned>((shape.d + units_per_block - 1) / units_per_block));
}

template <class T>
void forward(Queue& q, const LstmGatesShape& shape, const T* gates_in, const float* recurrent, const float* c_prev, T* gates,
             float* c, T* h) {
  const int units = units_per_thread<T>(shape.d, aligned16(gates_in, recurrent, c_prev, gates, c, h));
  const auto kernel = units == 1 ? forward_kernel<1, T> : units == 4 ? forward_kernel<4, T> : forward_kernel<Pack<T>::kCount, T>;
  launch(q, "lstm_gates_forward", grid_for(shape, units), block_for(units), 0, kernel, shape.d, gates_in, recurrent, c_prev,
         gates, c, h);
}

template <class T>
void backward(Queue& q, const LstmGatesShape& shape, const T* gates, const float* c_prev, const float* c, const T* dh,
              const float* dc, T* dgates, float* dc_prev, Into dgates_into, Into dc_prev_into) {
  const int units = units_per_thread<T>(shape.d, aligned16(gates, c_prev, c, dh, dc, dgates, dc_prev));
  const auto kernel = units == 1   ? backward_kernel<1, T>
                      : units == 4 ? backward_kernel<4, T>
                                   : backward_kernel<Pack<T>::kCount, T>;
  launch(q, "lstm_gates_backward", grid_for(shape, units), block_for(units), 0, kernel, shape.d, gates, c_prev, c, dh, dc, dgates,
         dc_prev, dgates_into == Into::kAdd, dc_prev_into == Into::kAdd);
}

}  // namespace

void lstm_gates_forward(Queue& q, const LstmGatesShape& shape, const Real* gates_in, const Real* recurrent, const Real* c_prev,
                        Real* gates, Real* c, Real* h) {
  forward(q, shape, gates_in, recurrent, c_prev, gates, c, h);
}
void lstm_gates_forward(Queue& q, const LstmGatesShape& shape, const Bf16* gates_in, const Real* recurrent, const Real* c_prev,
                        Bf16* gates, Real* c, Bf16* h) {
  forward(q, shape, gates_in, recurrent, c_prev, gates, c, h);
}

void lstm_gates_backward(Queue& q, const LstmGatesShape& shape, const Real* gates, const Real* c_prev, const Real* c,
                         const Real* dh, const Real* dc, Real* dgates, Real* dc_prev, Into dgates_into, Into dc_prev_into) {
  backward(q, shape, gates, c_prev, c, dh, dc, dgates, dc_prev, dgates_into, dc_prev_into);
}
void lstm_gates_backward(Queue& q, const LstmGatesShape& shape, const Bf16* gates, const Real* c_prev, const Real* c,
                         const Bf16* dh, const Real* dc, Bf16* dgates, Real* dc_prev, Into dgates_into, Into dc_prev_into) {
  backward(q, shape, gates, c_prev, c, dh, dc, dgates, dc_prev, dgates_into, dc_prev_into);
}

}  // namespace tagloom::kernels::cuda

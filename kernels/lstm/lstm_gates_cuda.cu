#include "kernels/cuda/launch.cuh"
#include "kernels/cuda/vector.cuh"
#include "kernels/lstm/lstm_gates.h"

namespace tagloom::kernels::cuda {
namespace {

__device__ float sigmoid(float x) { return 1.0f / (1.0f + expf(-x)); }

template <int N>
__device__ Values<float, N> load_or_zero(const float* from, int64_t at) {
  if (from) return load<N>(from + at);
  return Values<float, N>{};
}

// Block (row, part): one thread per N hidden units, which holds their four gates.
template <int N>
__global__ void forward_kernel(int64_t d, const float* gates_in, const float* c_prev, float* gates, float* c, float* h) {
  const int64_t unit = (blockIdx.y * int64_t(blockDim.x) + threadIdx.x) * N;
  if (unit >= d) return;
  const int64_t row = blockIdx.x, at = row * d + unit, gate_at = row * 4 * d + unit;
  Values<float, N> i = load<N>(gates_in + gate_at), f = load<N>(gates_in + gate_at + d);
  Values<float, N> g = load<N>(gates_in + gate_at + 2 * d), o = load<N>(gates_in + gate_at + 3 * d);
  Values<float, N> cell = load_or_zero<N>(c_prev, at), hidden;
  for (int j = 0; j < N; ++j) {
    i.v[j] = sigmoid(i.v[j]);
    f.v[j] = sigmoid(f.v[j]);
    g.v[j] = tanhf(g.v[j]);
    o.v[j] = sigmoid(o.v[j]);
    cell.v[j] = f.v[j] * cell.v[j] + i.v[j] * g.v[j];
    hidden.v[j] = o.v[j] * tanhf(cell.v[j]);
  }
  store<N>(gates + gate_at, i);
  store<N>(gates + gate_at + d, f);
  store<N>(gates + gate_at + 2 * d, g);
  store<N>(gates + gate_at + 3 * d, o);
  store<N>(c + at, cell);
  store<N>(h + at, hidden);
}

// Block (row, part): one thread per N hidden units; it reads all it needs before it writes, so dgates may be gates.
template <int N>
__global__ void backward_kernel(int64_t d, const float* gates, const float* c_prev, const float* c, const float* dh,
                                const float* dc, float* dgates, float* dc_prev, bool add_dgates, bool add_dc_prev) {
  const int64_t unit = (blockIdx.y * int64_t(blockDim.x) + threadIdx.x) * N;
  if (unit >= d) return;
  const int64_t row = blockIdx.x, at = row * d + unit, gate_at = row * 4 * d + unit;
  const Values<float, N> i = load<N>(gates + gate_at), f = load<N>(gates + gate_at + d);
  const Values<float, N> g = load<N>(gates + gate_at + 2 * d), o = load<N>(gates + gate_at + 3 * d);
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

constexpr int kBlock = 128;

dim3 grid_for(const LstmGatesShape& shape, int units_per_thread) {
  const int64_t units_per_block = int64_t{kBlock} * units_per_thread;
  return dim3(static_cast<unsigned>(shape.n), static_cast<unsigned>((shape.d + units_per_block - 1) / units_per_block));
}

}  // namespace

void lstm_gates_forward(Queue& q, const LstmGatesShape& shape, const Real* gates_in, const Real* c_prev, Real* gates, Real* c,
                        Real* h) {
  if (shape.d % 4 == 0 && aligned16(gates_in, c_prev, gates, c, h)) {
    launch(q, "lstm_gates_forward", grid_for(shape, 4), kBlock, 0, forward_kernel<4>, shape.d, gates_in, c_prev, gates, c, h);
  } else {
    launch(q, "lstm_gates_forward", grid_for(shape, 1), kBlock, 0, forward_kernel<1>, shape.d, gates_in, c_prev, gates, c, h);
  }
}

void lstm_gates_backward(Queue& q, const LstmGatesShape& shape, const Real* gates, const Real* c_prev, const Real* c,
                         const Real* dh, const Real* dc, Real* dgates, Real* dc_prev, Into dgates_into, Into dc_prev_into) {
  const bool add_dgates = dgates_into == Into::kAdd, add_dc_prev = dc_prev_into == Into::kAdd;
  if (shape.d % 4 == 0 && aligned16(gates, c_prev, c, dh, dc, dgates, dc_prev)) {
    launch(q, "lstm_gates_backward", grid_for(shape, 4), kBlock, 0, backward_kernel<4>, shape.d, gates, c_prev, c, dh, dc, dgates,
           dc_prev, add_dgates, add_dc_prev);
  } else {
    launch(q, "lstm_gates_backward", grid_for(shape, 1), kBlock, 0, backward_kernel<1>, shape.d, gates, c_prev, c, dh, dc, dgates,
           dc_prev, add_dgates, add_dc_prev);
  }
}

}  // namespace tagloom::kernels::cuda

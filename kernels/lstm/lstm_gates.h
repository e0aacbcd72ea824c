#pragma once
// The pointwise half of one LSTM step: gate activations, the new cell and the new hidden state.
//
// Gates are in PyTorch's order i f g o, each d wide: a row of `gates` is [i | f | g | o].
//
//   pre = gates_in + recurrent
//   i, f, o = sigmoid(pre)     g = tanh(pre)
//   c = f * c_prev + i * g     h = o * tanh(c)
//
// backward, with dc_all = dc + dh * o * (1 - tanh(c)^2):
//
//   di_pre = dc_all * g * i * (1 - i)            df_pre = dc_all * c_prev * f * (1 - f)
//   dg_pre = dc_all * i * (1 - g^2)              do_pre = dh * tanh(c) * o * (1 - o)
//   dc_prev = dc_all * f
//
// [Yan et al. 2016, Eq. 11-16 with biases; Dutta et al. 2020, Eq. 2.]
//
// The operands of matrix products may be stored as Bf16: gates_in, gates, h, dh and dgates. The recurrent product, the cell and
// its gradient are Real, because they accumulate over parts and steps. Arithmetic is float, each result is rounded once (dgates
// with Into::kAdd after the addition), and h and c are computed from the unrounded gates.
#include "kernels/base/bfloat16.h"
#include "kernels/base/queue.h"
#include "kernels/base/twins.h"

namespace tagloom::kernels {

struct LstmGatesShape {
  int64_t n;  // rows: the batch
  int64_t d;  // hidden units
};

// gates_in and recurrent [n, 4d] are added before the activations; c_prev [n, d]; recurrent and c_prev may be null for zeros.
// gates [n, 4d], the activated gates, which backward needs, may be gates_in itself, or recurrent if the types agree. c, h [n, d];
// c may be c_prev itself.
TL_TWINS(lstm_gates_forward, Queue& q, const LstmGatesShape& shape, const Real* gates_in, const Real* recurrent,
         const Real* c_prev, Real* gates, Real* c, Real* h)
TL_TWINS(lstm_gates_forward, Queue& q, const LstmGatesShape& shape, const Bf16* gates_in, const Real* recurrent,
         const Real* c_prev, Bf16* gates, Real* c, Bf16* h)

// gates, c_prev and c are from forward; dh, dc [n, d], null for zeros. dgates [n, 4d] is the gradient before the
// activations; with kOverwrite it may be `gates` itself. dc_prev [n, d] may be null, or dc itself.
TL_TWINS(lstm_gates_backward, Queue& q, const LstmGatesShape& shape, const Real* gates, const Real* c_prev, const Real* c,
         const Real* dh, const Real* dc, Real* dgates, Real* dc_prev, Into dgates_into, Into dc_prev_into)
TL_TWINS(lstm_gates_backward, Queue& q, const LstmGatesShape& shape, const Bf16* gates, const Real* c_prev, const Real* c,
         const Bf16* dh, const Real* dc, Bf16* dgates, Real* dc_prev, Into dgates_into, Into dc_prev_into)

}  // namespace tagloom::kernels

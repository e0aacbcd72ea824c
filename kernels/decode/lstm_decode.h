#pragma once
// The decoding loop of an LSTM tagger: all t steps in one call, on a GPU in one launch with the weights resident on chip.
//
//   pre_t     = input_gates[row_t] + W_hh h_{t-1}              gates in the order i f g o
//   c_t, h_t  = the cell of lstm_gates.h                       h_{-1} = h0, c_{-1} = c0
//   logits_t  = W_out h_t + b_out
//   emitted_t = the column of the greatest logit, the lowest among equals; -1 if all are NaN or excluded
//   pooled    = max_t logits_t, reached first at step pooled_arg   (label_max_pool.h)
//
//   Feed::kWinner: row_0 = v, the row of START; row_t = emitted_{t-1}, and zeros if that is -1
//   Feed::kOwnRow: row_t = n at every step
//
// input_gates is the LSTM's input contribution, biases included: W_ih e + b_ih + b_hh for every tag's embedding e, or for every
// picture. [Dutta et al. 2020, Eq. 1-3: kWinner. Yan et al. 2016, Eq. 11-18: kOwnRow.]
//
// With bf16, W_hh, W_out and the h that they multiply are rounded to bfloat16; sums, gates, cells and outputs are Real. Without
// bf16, a GPU multiplies floats to about 20 bits (lstm_decode_tiles.cuh).
#include "kernels/base/bfloat16.h"
#include "kernels/base/queue.h"
#include "kernels/base/twins.h"

namespace tagloom::kernels {

enum class Feed : int { kWinner, kOwnRow };

struct LstmDecodeShape {
  int64_t t, n, d, v;  // steps (at least 1), batch, hidden units, tags
  Feed feed = Feed::kWinner;
  bool exclude_emitted = false;  // a row emits a tag at most once; logits are unaffected
  bool bf16 = false;
};

struct LstmDecodeInputs {
  const Real* input_gates;   // [v + 1, 4d] for kWinner, [n, 4d] for kOwnRow
  const Real* weight_hh;     // [4d, d]
  const Real* weight_out;    // [v, d]
  const Real* bias_out;      // [v]
  const Real* h0 = nullptr;  // [n, d], null for zeros
  const Real* c0 = nullptr;  // [n, d], null for zeros
  // Optional bfloat16 copies of weight_hh and weight_out, read instead of them with bf16. Null: the op rounds the weights itself.
  const Bf16* weight_hh16 = nullptr;
  const Bf16* weight_out16 = nullptr;
};

// Each may be null.
struct LstmDecodeOutputs {
  Real* logits = nullptr;         // [t, n, v]
  int32_t* emitted = nullptr;     // [t, n]
  Real* pooled = nullptr;         // [n, v]
  int32_t* pooled_arg = nullptr;  // [n, v]; needs pooled
  Real* gates = nullptr;          // [t, n, 4d], activated: backward needs these and the states
  Real* c = nullptr;              // [t, n, d]
  Real* h = nullptr;              // [t, n, d]
};

TL_TWINS(lstm_decode, Queue& q, const LstmDecodeShape& shape, const LstmDecodeInputs& in, const LstmDecodeOutputs& out)

inline void check_lstm_decode(const LstmDecodeShape& shape, const LstmDecodeOutputs& out) {
  TL_CHECK(shape.t >= 1 && shape.n >= 0 && shape.d >= 1 && shape.v >= 1,
           "[lstm_decode] needs at least one step, hidden unit and tag, got t {}, n {}, d {}, v {}", shape.t, shape.n, shape.d,
           shape.v);
  TL_CHECK(!out.pooled_arg || out.pooled, "[lstm_decode] pooled_arg needs pooled: pass both");
}

}  // namespace tagloom::kernels

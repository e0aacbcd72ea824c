// The whole decoding loop as one op. Forward keeps the gates and states of every step; backward walks the steps only for the
// states' gradients, and computes each weight's gradient for all steps at once. In mixed precision all products multiply bfloat16
// copies.
#include "kernels/decode/lstm_decode.h"

#include "engine/ops/ops.h"
#include "engine/tape/product.h"
#include "kernels/linear/bias.h"
#include "kernels/lstm/embedding.h"
#include "kernels/lstm/lstm_gates.h"
#include "kernels/math/arithmetic.h"
#include "kernels/math/cast.h"
#include "kernels/math/copy_strided.h"

namespace tagloom {

using kernels::Feed;
using kernels::Into;
using kernels::LstmDecodeShape;

namespace {

enum Input : int { kInputGates, kWeightHh, kWeightOut, kBiasOut, kC0, kH0 };  // c0's gradient is written before h0's

// Values that forward keeps for backward.
struct Kept {
  LstmDecodeShape shape;
  bool has_start;
  Tensor gates, c, h;            // [t,n,4d], [t,n,d], [t,n,d]
  Tensor input_row;              // int32 [t*n], kWinner: the row of input_gates that each step used
  Tensor weight_hh, weight_out;  // in the type of the products
};

// A Real tensor as a factor of a product: itself, or a copy in bfloat16.
Tensor factor(Backward& b, bool bf16, const Tensor& x) {
  if (!bf16) return x;
  Tensor copy = b.scratch(x.shape(), DType::kBf16);
  if constexpr (sizeof(Real) == sizeof(float)) TL_ON(b.queue(), cast(b.queue(), x.count(), x.data(), copy.data<Bf16>()));
  return copy;
}

// The gradient before the activations [t,n,4d], and its copy for products.
struct GateGradient {
  Tensor real, factor;
};

// Goes from the last step to the first; completes dh and computes the gradient of c0.
GateGradient backward_through_time(Backward& b, const Kept& kept, const Tensor& dh) {
  const auto& [t, n, d, v, feed, exclude, bf16] = kept.shape;
  kernels::Queue& q = b.queue();
  const Tensor dgates = b.scratch({t, n, 4 * d}), dc = b.scratch({n, d});
  const Tensor factors = bf16 ? b.scratch({t, n, 4 * d}, DType::kBf16) : dgates;
  for (int64_t step = t - 1; step >= 0; --step) {
    const auto at = [steps = t](const Tensor& x, int64_t s) { return x.data() + s * (x.count() / steps); };
    const bool last = step == t - 1, first = step == 0;
    if (!last) {
      product(q, {n, d, 4 * d, false, false}, factors.rows(step + 1, step + 2), kept.weight_hh, at(dh, step), Into::kAdd);
    }
    const Real* c_before = !first ? at(kept.c, step - 1) : kept.has_start ? b.input(kC0).data() : nullptr;
    const bool to_start = first && kept.has_start && b.wants(kC0);
    Real* dc_before = !first ? dc.data() : to_start ? b.dinput(kC0).data() : nullptr;
    TL_ON(q, lstm_gates_backward(q, {n, d}, at(kept.gates, step), c_before, at(kept.c, step), at(dh, step),
                                 last ? nullptr : dc.data(), at(dgates, step), dc_before, Into::kOverwrite,
                                 to_start ? b.into(kC0) : Into::kOverwrite));
    if constexpr (sizeof(Real) == sizeof(float)) {
      if (bf16) TL_ON(q, cast(q, n * 4 * d, at(dgates, step), factors.data<Bf16>() + step * n * 4 * d));
    }
  }
  return {dgates, factors};
}

void backward_of(Backward& b, const Kept& kept) {
  const auto& [t, n, d, v, feed, exclude, bf16] = kept.shape;
  kernels::Queue& q = b.queue();
  const Tensor dlogits = factor(b, bf16, b.doutput(0)), h = factor(b, bf16, kept.h);
  if (b.wants(kWeightOut)) product(q, {v, d, t * n, true, false}, dlogits, h, b.dinput(kWeightOut).data(), b.into(kWeightOut));
  if (b.wants(kBiasOut)) TL_ON(q, bias_backward(q, t * n, v, b.doutput(0).data(), b.dinput(kBiasOut).data(), b.into(kBiasOut)));
  const Tensor dh = b.scratch({t, n, d});
  product(q, {t * n, d, v, false, false}, dlogits, kept.weight_out, dh.data(), Into::kOverwrite);
  const GateGradient dgates = backward_through_time(b, kept, dh);

  if (b.wants(kInputGates)) {
    Real* dinput_gates = b.dinput(kInputGates).data();
    if (feed == Feed::kWinner) {
      TL_ON(q, embedding_backward(q, kernels::EmbeddingShape{t * n, v + 1, 4 * d}, dgates.real.data(),
                                  kept.input_row.data<int32_t>(), dinput_gates, b.into(kInputGates)));
    } else {
      for (int64_t step = 0; step < t; ++step) {
        TL_ON(q, copy_strided(q, n, 4 * d, 4 * d, 4 * d, dgates.real.data() + step * n * 4 * d, dinput_gates,
                              step == 0 ? b.into(kInputGates) : Into::kAdd));
      }
    }
  }
  if (kept.has_start && b.wants(kH0)) {
    product(q, {n, d, 4 * d, false, false}, dgates.factor.rows(0, 1), kept.weight_hh, b.dinput(kH0).data(), b.into(kH0));
  }
  if (b.wants(kWeightHh)) {  // from all steps but the first, then from the first
    Real* dweight = b.dinput(kWeightHh).data();
    product(q, {4 * d, d, (t - 1) * n, true, false}, dgates.factor.rows(1, t), h, dweight, b.into(kWeightHh));
    if (kept.has_start) {
      product(q, {4 * d, d, n, true, false}, dgates.factor.rows(0, 1), factor(b, bf16, b.input(kH0)), dweight, Into::kAdd);
    }
  }
}

}  // namespace

LstmDecoded lstm_decode(const Var& input_gates, const Var& weight_hh, const Var& weight_out, const Var& bias_out,
                        const LstmState& start, const LstmDecodeOptions& options) {
  const bool winner = options.feed == Feed::kWinner, has_start = start.h.defined();
  const int64_t d = weight_hh.size(1), v = weight_out.size(0);
  const int64_t n = has_start ? start.h.size(0) : input_gates.size(0), rows = winner ? v + 1 : n;
  TL_CHECK(has_start == start.c.defined() && (has_start || !winner),
           "[lstm_decode] start needs both h and c or neither, and Feed::kWinner needs both");
  TL_CHECK(!has_start || (start.h.shape() == Shape{n, d} && start.c.shape() == Shape{n, d}),
           "[lstm_decode] states are {} and {}, want [{}, {}]", start.h.shape(), start.c.shape(), n, d);
  TL_CHECK(input_gates.shape() == (Shape{rows, 4 * d}) && weight_hh.shape() == (Shape{4 * d, d}),
           "[lstm_decode] input gates are {}, weight_hh is {}: want [{}, {}] and [4D,D]", input_gates.shape(), weight_hh.shape(),
           rows, 4 * d);
  TL_CHECK(weight_out.shape() == (Shape{v, d}) && bias_out.shape() == Shape{v}, "[lstm_decode] weight_out is {}, bias_out is {}",
           weight_out.shape(), bias_out.shape());
  Tape& tape = input_gates.tape();
  kernels::Queue& queue = input_gates.queue();
  const Device device = input_gates.device();
  const LstmDecodeShape shape{options.steps, n, d, v, options.feed, false, tape.mixed_precision()};
  const int64_t t = shape.t;

  Tensor logits = tape.empty(device, {t, n, v});
  LstmDecoded result;
  if (options.pool) result.pooled = tape.empty(device, {n, v});
  // A step takes the row that the previous step emitted, so one array serves as both, with START first.
  Tensor row;
  if (winner) {
    row = tape.empty(device, {t + 1, n}, DType::kInt32);
    result.emitted = row.rows(1, t + 1);
  }
  Kept kept{shape, has_start, {}, {}, {}, {}, weight_hh.value(), weight_out.value()};
  if (shape.bf16) {
    kept.weight_hh = weight_hh.rounded();
    kept.weight_out = weight_out.rounded();
  }
  if (tape.recording()) {
    kept.gates = tape.empty(device, {t, n, 4 * d});
    kept.c = tape.empty(device, {t, n, d});
    kept.h = tape.empty(device, {t, n, d});
    if (winner) {
      kept.input_row = row.rows(0, t);
      TL_ON(queue, fill(queue, n, static_cast<int32_t>(v), row.data<int32_t>()));
    }
  }
  kernels::LstmDecodeInputs in{input_gates.data(), weight_hh.data(), weight_out.data(), bias_out.data()};
  if (shape.bf16) {
    in.weight_hh16 = kept.weight_hh.data<Bf16>();
    in.weight_out16 = kept.weight_out.data<Bf16>();
  }
  if (has_start) {
    in.h0 = start.h.data();
    in.c0 = start.c.data();
  }
  kernels::LstmDecodeOutputs out{.logits = logits.data()};
  if (winner) out.emitted = result.emitted.data<int32_t>();
  if (options.pool) out.pooled = result.pooled.data();
  if (tape.recording()) {
    out.gates = kept.gates.data();
    out.c = kept.c.data();
    out.h = kept.h.data();
  }
  TL_ON(queue, lstm_decode(queue, shape, in, out));

  std::vector<Var> inputs{input_gates, weight_hh, weight_out, bias_out};
  if (has_start) inputs.insert(inputs.end(), {start.c, start.h});
  result.logits = tape.record("lstm_decode", inputs, logits, [kept](Backward& b) { backward_of(b, kept); });
  return result;
}

}  // namespace tagloom

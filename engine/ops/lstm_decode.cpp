// The whole decoding loop as one op. Forward keeps the gates and states of every step; backward walks the steps for the states' gradients
// only, and makes each weight's gradient of all steps at once.
#include "kernels/lstm/lstm_decode.h"

#include "engine/ops/ops.h"
#include "kernels/linear/bias.h"
#include "kernels/linear/gemm.h"
#include "kernels/lstm/embedding.h"
#include "kernels/lstm/lstm_gates.h"
#include "kernels/math/copy_strided.h"
#include "kernels/math/scale.h"

namespace tagloom {

using kernels::Feed;
using kernels::GemmShape;
using kernels::Into;
using kernels::LstmDecodeShape;

namespace {

enum Input : int { kInputGates, kWeightHh, kWeightOut, kBiasOut, kC0, kH0 };  // c0's gradient is written before h0's

// What forward leaves for backward.
struct Kept {
  LstmDecodeShape shape;
  bool has_start;
  Tensor gates, c, h;  // [t,n,4d], [t,n,d], [t,n,d]
  Tensor input_row;    // int32 [t*n], kWinner: the row of input_gates that each step took
};

// dgates [t,n,4d] = the gradient before the activations, from the last step to the first; dh and dc0, dh0 on the way.
Tensor backward_through_time(Backward& b, const Kept& kept, const Tensor& dh) {
  const auto& [t, n, d, v, feed, exclude, bf16] = kept.shape;
  kernels::Queue& q = b.queue();
  const Tensor dgates = b.scratch({t, n, 4 * d}), dc = b.scratch({n, d});
  const Real* weight_hh = b.input(kWeightHh).data();
  for (int64_t step = t - 1; step >= 0; --step) {
    const auto at = [&](const Tensor& x, int64_t s) { return x.data() + s * (x.count() / t); };
    const bool last = step == t - 1, first = step == 0;
    if (!last) {
      TL_ON(q, gemm(q, GemmShape{n, d, 4 * d, false, false}, at(dgates, step + 1), weight_hh, nullptr, at(dh, step), Into::kAdd));
    }
    const Real* c_before = !first ? at(kept.c, step - 1) : kept.has_start ? b.input(kC0).data() : nullptr;
    const bool to_start = first && kept.has_start && b.wants(kC0);
    Real* dc_before = !first ? dc.data() : to_start ? b.dinput(kC0).data() : nullptr;
    TL_ON(q, lstm_gates_backward(q, {n, d}, at(kept.gates, step), c_before, at(kept.c, step), at(dh, step),
                                 last ? nullptr : dc.data(), at(dgates, step), dc_before, Into::kOverwrite,
                                 to_start ? b.into(kC0) : Into::kOverwrite));
  }
  return dgates;
}

void backward_of(Backward& b, const Kept& kept) {
  const auto& [t, n, d, v, feed, exclude, bf16] = kept.shape;
  kernels::Queue& q = b.queue();
  const Real* dlogits = b.doutput(0).data();
  if (b.wants(kWeightOut)) {
    TL_ON(q, gemm(q, GemmShape{v, d, t * n, true, false}, dlogits, kept.h.data(), nullptr, b.dinput(kWeightOut).data(),
                  b.into(kWeightOut)));
  }
  if (b.wants(kBiasOut)) TL_ON(q, bias_backward(q, t * n, v, dlogits, b.dinput(kBiasOut).data(), b.into(kBiasOut)));
  const Tensor dh = b.scratch({t, n, d});
  TL_ON(q,
        gemm(q, GemmShape{t * n, d, v, false, false}, dlogits, b.input(kWeightOut).data(), nullptr, dh.data(), Into::kOverwrite));
  const Tensor dgates = backward_through_time(b, kept, dh);

  if (b.wants(kInputGates)) {
    Real* dinput_gates = b.dinput(kInputGates).data();
    if (feed == Feed::kWinner) {
      TL_ON(q, embedding_backward(q, kernels::EmbeddingShape{t * n, v + 1, 4 * d}, dgates.data(), kept.input_row.data<int32_t>(),
                                  dinput_gates, b.into(kInputGates)));
    } else {
      for (int64_t step = 0; step < t; ++step) {
        TL_ON(q, copy_strided(q, n, 4 * d, 4 * d, 4 * d, dgates.data() + step * n * 4 * d, dinput_gates,
                              step == 0 ? b.into(kInputGates) : Into::kAdd));
      }
    }
  }
  if (kept.has_start && b.wants(kH0)) {
    TL_ON(q, gemm(q, GemmShape{n, d, 4 * d, false, false}, dgates.data(), b.input(kWeightHh).data(), nullptr,
                  b.dinput(kH0).data(), b.into(kH0)));
  }
  if (b.wants(kWeightHh)) {  // of the steps that have one before them, then of the first
    Real* dweight = b.dinput(kWeightHh).data();
    TL_ON(q, gemm(q, GemmShape{4 * d, d, (t - 1) * n, true, false}, dgates.data() + n * 4 * d, kept.h.data(), nullptr, dweight,
                  b.into(kWeightHh)));
    if (kept.has_start) {
      TL_ON(q, gemm(q, GemmShape{4 * d, d, n, true, false}, dgates.data(), b.input(kH0).data(), nullptr, dweight, Into::kAdd));
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
           "[lstm_decode] h and c start together, and with winners they must");
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
  const LstmDecodeShape shape{options.steps, n, d, v, options.feed, false, options.bf16};
  const int64_t t = shape.t;

  Tensor logits = tape.empty(device, {t, n, v});
  LstmDecoded result;
  if (options.pool) result.pooled = tape.empty(device, {n, v});
  // A step takes the row that the step before it emitted: one array of both, START first.
  Tensor row;
  if (winner) {
    row = tape.empty(device, {t + 1, n}, DType::kInt32);
    result.emitted = row.rows(1, t + 1);
  }
  Kept kept{shape, has_start, {}, {}, {}, {}};
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

// One LSTM step: the recurrent product, then all four gates and both states in one kernel.
#include "kernels/lstm/lstm_gates.h"

#include "engine/ops/ops.h"
#include "kernels/linear/bias.h"
#include "kernels/linear/gemm.h"
#include "kernels/math/add.h"

namespace tagloom {

using kernels::GemmShape;
using kernels::Into;

LstmState lstm_gates(const Var& input_gates, const LstmState& state, const Var& weight_hh, const Var& bias_hh) {
  const int64_t n = input_gates.size(0), d = weight_hh.size(1);
  TL_CHECK(input_gates.rank() == 2 && input_gates.size(1) == 4 * d && weight_hh.shape() == (Shape{4 * d, d}),
           "[lstm] input gates are {}, weight_hh is {}: want [N,4D] and [4D,D]", input_gates.shape(), weight_hh.shape());
  TL_CHECK(state.h.shape() == (Shape{n, d}) && state.c.shape() == (Shape{n, d}), "[lstm] states are {} and {}, want [{}, {}]",
           state.h.shape(), state.c.shape(), n, d);
  TL_CHECK(bias_hh.shape() == Shape{4 * d}, "[lstm] bias_hh is {}, want [{}]", bias_hh.shape(), 4 * d);
  Tape& tape = input_gates.tape();
  kernels::Queue& queue = input_gates.queue();
  Tensor gates = tape.empty(input_gates.device(), {n, 4 * d});
  TL_ON(queue, gemm(queue, GemmShape{n, 4 * d, d, false, true}, state.h.data(), weight_hh.data(), bias_hh.data(), gates.data(),
                    Into::kOverwrite));
  TL_ON(queue, accumulate(queue, gates.count(), input_gates.data(), gates.data()));
  Tensor h = tape.empty(input_gates.device(), {n, d}), c = tape.empty(input_gates.device(), {n, d});
  const kernels::LstmGatesShape shape{n, d};
  TL_ON(queue, lstm_gates_forward(queue, shape, gates.data(), state.c.data(), gates.data(), c.data(), h.data()));

  const std::vector<Var> out =
      tape.record("lstm_gates", {input_gates, state.h, state.c, weight_hh, bias_hh}, {h, c}, [shape, gates](Backward& b) {
        const int64_t n = shape.n, d = shape.d;
        Tensor dgates = b.scratch({n, 4 * d});
        const Real* dh = b.has_doutput(0) ? b.doutput(0).data() : nullptr;
        const Real* dc = b.has_doutput(1) ? b.doutput(1).data() : nullptr;
        Real* dc_prev = b.wants(2) ? b.dinput(2).data() : nullptr;
        TL_ON(b.queue(), lstm_gates_backward(b.queue(), shape, gates.data(), b.input(2).data(), b.output(1).data(), dh, dc,
                                             dgates.data(), dc_prev, Into::kOverwrite, b.into(2)));
        if (b.wants(0)) {
          if (b.into(0) == Into::kAdd) {
            TL_ON(b.queue(), accumulate(b.queue(), dgates.count(), dgates.data(), b.dinput(0).data()));
          } else {
            b.dinput(0).copy_from(dgates);
          }
        }
        if (b.wants(1)) {
          TL_ON(b.queue(), gemm(b.queue(), GemmShape{n, d, 4 * d, false, false}, dgates.data(), b.input(3).data(), nullptr,
                                b.dinput(1).data(), b.into(1)));
        }
        if (b.wants(3)) {
          TL_ON(b.queue(), gemm(b.queue(), GemmShape{4 * d, d, n, true, false}, dgates.data(), b.input(1).data(), nullptr,
                                b.dinput(3).data(), b.into(3)));
        }
        if (b.wants(4)) TL_ON(b.queue(), bias_backward(b.queue(), n, 4 * d, dgates.data(), b.dinput(4).data(), b.into(4)));
      });
  return {out[0], out[1]};
}

}  // namespace tagloom

// One LSTM step: the recurrent product, then one kernel for all four gates and both states.
#include "kernels/lstm/lstm_gates.h"

#include "engine/ops/ops.h"
#include "engine/tape/dispatch.h"
#include "kernels/linear/bias.h"
#include "kernels/linear/gemm.h"
#include "kernels/math/arithmetic.h"
#include "kernels/math/cast.h"

namespace tagloom {

using kernels::GemmShape;
using kernels::Into;

namespace {

enum StepInput : int { kGatesIn, kHPrev, kCPrev, kRecurrentWeight, kRecurrentBias };

// The factors of the recurrent product, as F; gates and h are stored as T.
struct Factors {
  Tensor h, weight;
};

template <class T, class F>
void step_backward(Backward& b, const kernels::LstmGatesShape& shape, const Factors& factors, const Tensor& gates) {
  const int64_t n = shape.n, d = shape.d;
  kernels::Queue& q = b.queue();
  const Tensor dgates = b.scratch({n, 4 * d}, DTypeOf<T>::value);
  const T* dh = b.has_doutput(0) ? b.doutput(0).data<T>() : nullptr;
  const Real* dc = b.has_doutput(1) ? b.doutput(1).data() : nullptr;
  Real* dc_prev = b.wants(kCPrev) ? b.dinput(kCPrev).data() : nullptr;
  TL_ON(q, lstm_gates_backward(q, shape, gates.data<T>(), b.input(kCPrev).data(), b.output(1).data(), dh, dc, dgates.data<T>(),
                               dc_prev, Into::kOverwrite, b.into(kCPrev)));
  if (b.wants(kGatesIn) && b.into(kGatesIn) == Into::kOverwrite) {
    b.dinput(kGatesIn).copy_from(dgates);  // a copy: later additions to it must not change dgates
  } else if (b.wants(kGatesIn)) {
    TL_ON(q, accumulate(q, dgates.count(), dgates.data<T>(), b.dinput(kGatesIn).data<T>()));
  }
  if (b.wants(kHPrev) || b.wants(kRecurrentWeight)) {
    Tensor dproduct = dgates;
    if constexpr (!std::is_same_v<T, F>) {
      dproduct = b.scratch({n, 4 * d}, DTypeOf<F>::value);
      TL_ON(q, cast(q, n * 4 * d, dgates.data<T>(), dproduct.data<F>()));
    }
    if (b.wants(kHPrev)) {
      TL_ON(q, gemm(q, GemmShape{n, d, 4 * d, false, false}, dproduct.data<F>(), factors.weight.data<F>(),
                    static_cast<const T*>(nullptr), b.dinput(kHPrev).data<T>(), b.into(kHPrev)));
    }
    if (b.wants(kRecurrentWeight)) b.add_product(kRecurrentWeight, dproduct, factors.h);
  }
  if (b.wants(kRecurrentBias)) {
    TL_ON(q, bias_backward(q, n, 4 * d, dgates.data<T>(), b.dinput(kRecurrentBias).data(), b.into(kRecurrentBias)));
  }
}

// The product is Real in either case, so that it is not rounded before it is added to the input gates.
template <class T, class F>
LstmState step(const Var& input_gates, const LstmState& state, const Var& weight_hh, const Var& bias_hh) {
  const kernels::LstmGatesShape shape{state.h.size(0), state.h.size(1)};
  const int64_t n = shape.n, d = shape.d;
  Tape& tape = input_gates.tape();
  kernels::Queue& q = input_gates.queue();
  const Device device = input_gates.device();
  const Factors factors{std::is_same_v<T, F> ? state.h.value() : state.h.rounded(),
                        std::is_same_v<F, Real> ? weight_hh.value() : weight_hh.rounded()};
  const Tensor recurrent = tape.empty(device, {n, 4 * d});
  const Tensor gates = std::is_same_v<T, Real> ? recurrent : tape.empty(device, {n, 4 * d}, DTypeOf<T>::value);
  TL_ON(q, gemm(q, GemmShape{n, 4 * d, d, false, true}, factors.h.data<F>(), factors.weight.data<F>(), bias_hh.data(),
                recurrent.data(), Into::kOverwrite));
  Tensor h = tape.empty(device, {n, d}, DTypeOf<T>::value), c = tape.empty(device, {n, d});
  TL_ON(q, lstm_gates_forward(q, shape, input_gates.data<T>(), recurrent.data(), state.c.data(), gates.data<T>(), c.data(),
                              h.data<T>()));
  const std::vector<Var> out = tape.record("lstm_gates", {input_gates, state.h, state.c, weight_hh, bias_hh}, {h, c},
                                           [=](Backward& b) { step_backward<T, F>(b, shape, factors, gates); });
  return {out[0], out[1]};
}

}  // namespace

LstmState lstm_gates(const Var& input_gates, const LstmState& state, const Var& weight_hh, const Var& bias_hh) {
  const int64_t n = input_gates.size(0), d = weight_hh.size(1);
  TL_CHECK(input_gates.rank() == 2 && input_gates.size(1) == 4 * d && weight_hh.shape() == (Shape{4 * d, d}),
           "[lstm] input gates are {}, weight_hh is {}: want [N,4D] and [4D,D]", input_gates.shape(), weight_hh.shape());
  TL_CHECK(state.h.shape() == (Shape{n, d}) && state.c.shape() == (Shape{n, d}), "[lstm] states are {} and {}, want [{}, {}]",
           state.h.shape(), state.c.shape(), n, d);
  TL_CHECK(bias_hh.shape() == Shape{4 * d}, "[lstm] bias_hh is {}, want [{}]", bias_hh.shape(), 4 * d);
  const DType dtype = input_gates.value().dtype();
  TL_CHECK(state.h.value().dtype() == dtype && state.c.value().dtype() == DType::kReal,
           "[lstm] input gates are {}, h is {}, c is {}: h must have the input gates' type, and c must be {}", dtype_name(dtype),
           dtype_name(state.h.value().dtype()), dtype_name(state.c.value().dtype()), dtype_name(DType::kReal));
  if constexpr (sizeof(Real) == sizeof(float)) {
    if (dtype == DType::kReal && input_gates.tape().mixed_precision())
      return step<Real, Bf16>(input_gates, state, weight_hh, bias_hh);
  }
  return on_storage(dtype, "lstm", [&](auto type) {
    using T = decltype(type);
    return step<T, T>(input_gates, state, weight_hh, bias_hh);
  });
}

}  // namespace tagloom

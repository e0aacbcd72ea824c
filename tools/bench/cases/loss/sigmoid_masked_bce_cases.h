#pragma once
// Cases of the multi-order loss at difficult vocabulary sizes, in both storage types, with every mask and gate, in place and not.
#include "kernels/loss/sigmoid_masked_bce.h"
#include "tools/bench/cases/op_case.h"

namespace tagloom::test {

// apart: the difference of the offsets of logits and dlogits from a 16-byte boundary, in values.
template <class T = Real>
OpCase sigmoid_masked_bce_case(kernels::SigmoidMaskedBceShape shape, bool in_place, uint64_t seed, int64_t apart = 0) {
  const auto [t, n, v, mask, gate] = shape;
  const double count = static_cast<double>(t) * n * v;
  constexpr Tolerance kOfFloats{1e-6, 1e-5};
  OpCase row{case_name(std::string("sigmoid_masked_bce") + (apart > 0 ? "_apart" : "") + kTypeSuffix<T>, {{"t", t},
                                                                                                          {"n", n},
                                                                                                          {"v", v},
                                                                                                          {"mask", int64_t(mask)},
                                                                                                          {"gate", int64_t(gate)},
                                                                                                          {"in_place", in_place},
                                                                                                          {"seed", seed}}),
             stored_tolerance<T>(kOfFloats), (2 * sizeof(T) + 1) * count, 12 * count};
  row.unrounded = kOfFloats;
  row.prepare = [=](OpRun& op) -> std::function<void()> {
    const std::vector<T> x = normal_array<T>(shape.t * shape.n * shape.v + apart, seed, 4);
    const uint8_t* labels = op.input(flag_array(shape.n * shape.v, seed, shape.v < 10 ? 0.5 : 0.06));
    const int32_t* emitted =
        shape.mask == kernels::BceMask::kNone ? nullptr : op.input(integer_array(shape.t * shape.n, seed, -1, shape.v - 1));
    Real* loss = op.output<Real>("loss", {shape.t, shape.n});
    T* dlogits =
        in_place ? op.in_out("dlogits", {shape.t, shape.n, shape.v}, x) : op.output<T>("dlogits", {shape.t, shape.n, shape.v});
    const T* logits = in_place ? dlogits : op.input(x) + apart;
    return [=, &q = op.queue()] { TL_ON(q, sigmoid_masked_bce(q, shape, logits, labels, emitted, Real(0.25), loss, dlogits)); };
  };
  return row;
}

template <class T>
void add_sigmoid_masked_bce_cases(std::vector<OpCase>& cases) {
  using kernels::BceMask;
  using kernels::StepGate;
  for (BceMask mask : {BceMask::kNone, BceMask::kPrevious, BceMask::kCumulative}) {
    for (StepGate gate : {StepGate::kAll, StepGate::kLabelCount}) {
      cases.push_back(sigmoid_masked_bce_case<T>({5, 0, 7, mask, gate}, false, 7));
      cases.push_back(sigmoid_masked_bce_case<T>({1, 1, 1, mask, gate}, false, 7));
      cases.push_back(sigmoid_masked_bce_case<T>({20, 3, 5, mask, gate}, true, 7));
      cases.push_back(sigmoid_masked_bce_case<T>({4, 5, 31, mask, gate}, false, 8));
      cases.push_back(sigmoid_masked_bce_case<T>({4, 5, 32, mask, gate}, true, 8));
      cases.push_back(sigmoid_masked_bce_case<T>({3, 5, 513, mask, gate}, true, 9));
      cases.push_back(sigmoid_masked_bce_case<T>({3, 4, 1025, mask, gate}, false, 9));
      cases.push_back(sigmoid_masked_bce_case<T>({5, 32, 81, mask, gate}, true, 10));
    }
  }
  // Around the capacities of a warp's and a block's registers; 8201 tags exceed both.
  for (const int64_t v : {125, 128, 256, 1021, 1022, 1024, 8186, 8192, 8201}) {
    cases.push_back(sigmoid_masked_bce_case<T>({3, 2, v, BceMask::kCumulative, StepGate::kLabelCount}, v % 2 == 0, 11));
  }
  cases.push_back(sigmoid_masked_bce_case<T>({5, 2, 515, BceMask::kCumulative, StepGate::kAll}, false, 12, 1));
  cases.push_back(sigmoid_masked_bce_case<T>({5, 512, 1000, BceMask::kPrevious, StepGate::kAll}, true, 10));
}

inline std::vector<OpCase> sigmoid_masked_bce_cases() {
  std::vector<OpCase> cases;
  add_sigmoid_masked_bce_cases<Real>(cases);
  add_sigmoid_masked_bce_cases<Bf16>(cases);
  return cases;
}

}  // namespace tagloom::test

#pragma once
// Cases of the optimizer steps: with and without the optional arrays, every gradient rule, a norm factor, and a skipped step.
#include "kernels/optim/optimizer_steps.h"
#include "tools/bench/cases/op_case.h"

namespace tagloom::test {

inline constexpr Tolerance kStepTolerance{1e-6, 1e-6};

inline const std::vector<int64_t> kStepLengths{0, 1, 3, 31, 1025, 1 << 17};

struct StepVariant {
  kernels::GradientRule rule;
  Real factor;    // 0: no factor
  bool momentum;  // Nesterov momentum
  bool copy;      // in bfloat16
};

inline const std::vector<StepVariant>& step_variants() {
  static const std::vector<StepVariant> variants{{{}, 0, false, false},
                                                 {{Real(0.01), false, Real(0.5)}, Real(0.7), true, true},
                                                 {{Real(0.01), true, 0}, Real(1), true, false},
                                                 {{}, Real(-1), true, true}};
  return variants;
}

struct StepArrays {
  const Real *factor, *g;
  Real *w, *first, *second;
  Bf16* copy;
};

// rule(variant) returns the step's struct, run(n, step, arrays, q) runs a step. There are `states` arrays of state; the last one
// is null without momentum.
template <class Rule, class Run>
std::vector<OpCase> step_cases(const std::string& op_name, int states, bool last_is_momentum, const std::vector<int64_t>& lengths,
                               const Rule& rule, const Run& run) {
  std::vector<OpCase> cases;
  for (int64_t n : lengths) {
    for (size_t v = 0; v < step_variants().size(); ++v) {
      const StepVariant variant = step_variants()[v];
      cases.push_back({case_name(op_name, {{"n", n}, {"variant", static_cast<int64_t>(v)}, {"seed", 7}}), kStepTolerance,
                       (12.0 + 8 * states + 2 * variant.copy) * n, 0, [=](OpRun& op) -> std::function<void()> {
                         StepArrays a{};
                         const auto* step = op.input(std::vector{rule(variant)});
                         if (variant.factor != 0) a.factor = op.input(std::vector<Real>{variant.factor});
                         a.g = op.input(normal_array(n, 7));
                         a.w = op.in_out<Real>("w", {n}, normal_array(n, 8));
                         const bool both = !last_is_momentum || variant.momentum;
                         if (states == 2 || both) a.first = op.in_out<Real>("first", {n}, uniform_array(n, 9));
                         if (states == 2 && both) a.second = op.in_out<Real>("second", {n}, uniform_array(n, 10));
                         if (variant.copy) a.copy = op.in_out<Bf16>("copy", {n}, normal_array<Bf16>(n, 8));
                         return [=, &q = op.queue()] { run(n, step, a, q); };
                       }});
    }
  }
  return cases;
}

inline std::vector<OpCase> sgd_step_cases(const std::vector<int64_t>& lengths = kStepLengths) {
  using kernels::SgdStep;
  return step_cases(
      "sgd_step", 1, true, lengths,
      [](const StepVariant& variant) {
        return SgdStep{Real(0.1), variant.momentum ? Real(0.9) : Real(0), variant.momentum, variant.rule};
      },
      [](int64_t n, const SgdStep* step, const StepArrays& a, kernels::Queue& q) {
        TL_ON(q, sgd_step(q, n, step, a.factor, a.g, a.w, a.first, a.copy));
      });
}

inline std::vector<OpCase> adam_step_cases(const std::vector<int64_t>& lengths = kStepLengths) {
  using kernels::AdamStep;
  return step_cases(
      "adam_step", 2, false, lengths,
      [](const StepVariant& variant) { return AdamStep(0.01, 0.8, 0.999, 1e-8, 3, variant.rule); },
      [](int64_t n, const AdamStep* step, const StepArrays& a, kernels::Queue& q) {
        TL_ON(q, adam_step(q, n, step, a.factor, a.g, a.w, a.first, a.second, a.copy));
      });
}

inline std::vector<OpCase> rmsprop_step_cases(const std::vector<int64_t>& lengths = kStepLengths) {
  using kernels::RmsPropStep;
  return step_cases(
      "rmsprop_step", 2, true, lengths,
      [](const StepVariant& variant) {
        return RmsPropStep{Real(0.01), Real(0.9), variant.momentum ? Real(0.9) : Real(0), Real(1e-3), variant.rule};
      },
      [](int64_t n, const RmsPropStep* step, const StepArrays& a, kernels::Queue& q) {
        TL_ON(q, rmsprop_step(q, n, step, a.factor, a.g, a.w, a.first, a.second, a.copy));
      });
}

}  // namespace tagloom::test

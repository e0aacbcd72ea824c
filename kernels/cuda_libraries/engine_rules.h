#pragma once
// Which of cuDNN's engines may compute a graph, and in which order they are tried. Includes no cuDNN header.
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace tagloom::kernels::cudnn {

// cuDNN's notes on an engine.
struct EngineNotes {
  bool deterministic = true;      // the same bits each time
  bool tensor_cores = false;      // float products are rounded to TF32
  bool reduced_sums = false;      // sums have a narrower type
  bool down_converts = false;     // inputs are rounded before they are multiplied
  bool fourier = false;           // products of transformed inputs:
  bool winograd = false;          //   their rounding grows with the transform
  bool runtime_compiled = false;  // NVRTC compiles it first, which takes 0.2 to 5 s
};

struct PlanRules {
  size_t workspace_bytes = 0;  // upper limit
  bool tensor_cores = true;    // false forbids TF32 for float products
  bool deterministic = true;   // requires the same bits each time
};

// Results are float sums of products of the unchanged inputs, or of TF32 if the rules allow it. That includes bfloat16: its
// results must be within one rounding, and transformed or narrowed inputs are rounded again.
inline bool allows(const PlanRules& rules, const EngineNotes& notes) {
  const bool exact_products = !notes.reduced_sums && !notes.down_converts && !notes.fourier && !notes.winograd;
  return exact_products && (notes.deterministic || !rules.deterministic) && (!notes.tensor_cores || rules.tensor_cores);
}

// The time left for compiling engines.
struct CompileBudget {
  double seconds_left = 0;
};

struct TrialLimits {
  size_t most = 1;                  // precompiled plans
  size_t runtime_compiled = 0;      // further plans, of engines that NVRTC compiles
  CompileBudget* budget = nullptr;  // for the latter; required if runtime_compiled > 0
};

// Tries the offers that the rules allow, precompiled ones first, each kind in the order of the offers. try_plan(offer, reason)
// returns whether it created a plan. If no precompiled offer yields a plan, the first run-time compiled one is used regardless of
// the budget. Returns the reason for which the last offer was rejected.
template <class Offer, class Try>
std::string try_offers(const std::vector<Offer>& offers, const PlanRules& rules, const TrialLimits& limits, const Try& try_plan) {
  std::string reason = "the heuristics offer no engine";
  size_t plans = 0;
  for (const Offer& offer : offers) {
    if (!allows(rules, offer.notes)) {
      reason = "an engine is not deterministic or not precise enough";
    } else if (!offer.notes.runtime_compiled && plans < limits.most) {
      plans += try_plan(offer, reason);
    }
  }
  const size_t precompiled = plans;
  for (const Offer& offer : offers) {
    if (!offer.notes.runtime_compiled || !allows(rules, offer.notes)) continue;
    const bool needed = plans == 0;
    const bool wanted = plans - precompiled < limits.runtime_compiled && limits.budget->seconds_left > 0;
    if (!needed && !wanted) break;
    const auto begin = std::chrono::steady_clock::now();
    plans += try_plan(offer, reason);
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
    if (limits.budget != nullptr) limits.budget->seconds_left -= taken.count();
  }
  return reason;
}

}  // namespace tagloom::kernels::cudnn

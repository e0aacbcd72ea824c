#pragma once
// Which of cuDNN's engines may compute a graph, and in which order they are tried. No cuDNN header is needed to include this.
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace tagloom::kernels::cudnn {

// What cuDNN says of an engine.
struct EngineNotes {
  bool deterministic = true;      // the same bits each time
  bool tensor_cores = false;      // float products are rounded to TF32
  bool reduced_sums = false;      // sums are kept in a narrower type
  bool down_converts = false;     // inputs are rounded before they are multiplied
  bool fourier = false;           // products of transformed inputs:
  bool winograd = false;          //   their rounding grows with the transform
  bool runtime_compiled = false;  // NVRTC compiles it first, which takes from 0.2 to 5 s
};

struct PlanRules {
  size_t workspace_bytes = 0;  // an engine may not ask for more
  bool tensor_cores = true;    // false keeps float sums of float products: no TF32
  bool deterministic = true;   // the engine gives the same bits each time
};

// Results are float sums of products of the inputs as they are, or as TF32 where the rules say so. bfloat16 is no exception: the
// bound that its results are held to is that of rounding once, and transformed or narrowed inputs are rounded again.
inline bool allows(const PlanRules& rules, const EngineNotes& notes) {
  const bool exact_products = !notes.reduced_sums && !notes.down_converts && !notes.fourier && !notes.winograd;
  return exact_products && (notes.deterministic || !rules.deterministic) && (!notes.tensor_cores || rules.tensor_cores);
}

// What may still be spent on compiling engines.
struct CompileBudget {
  double seconds_left = 0;
};

struct TrialLimits {
  size_t most = 1;                  // plans in all, less the next
  size_t runtime_compiled = 0;      // that many are added to the precompiled ones
  CompileBudget* budget = nullptr;  // for those; needed where there are to be any
};

// Tries the offers that the rules allow, precompiled ones first, each kind in the order of the offers. try_plan(offer, reason)
// says whether there is a plan now. Where no precompiled one has a plan, the first compiled one that has is taken whatever it
// costs. Returns why the last one was refused.
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

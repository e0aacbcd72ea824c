// Which engines may compute a graph and in which order they are tried, with made-up engines.
#include "kernels/cuda_libraries/engine_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace tagloom::kernels::cudnn {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct MadeUp {
  int id;
  EngineNotes notes = {};
  bool makes_a_plan = true;
};

std::vector<int> tried(const std::vector<MadeUp>& offers, const TrialLimits& limits, double seconds_each = 0) {
  std::vector<int> ids;
  try_offers(offers, PlanRules{}, limits, [&](const MadeUp& offer, std::string&) {
    ids.push_back(offer.id);
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds_each));
    return offer.makes_a_plan;
  });
  return ids;
}

constexpr EngineNotes kCompiled{.runtime_compiled = true};
const std::vector<MadeUp> kOffers{{0, kCompiled}, {1}, {2, kCompiled}, {3}, {4, kCompiled}, {5}};

TEST(EngineRules, Float32RequiresExactProductsAndFloatSums) {
  const PlanRules fp32{.tensor_cores = false}, tf32_or_bf16{.tensor_cores = true};
  EXPECT_TRUE(allows(fp32, {}));
  EXPECT_FALSE(allows(fp32, {.tensor_cores = true}));
  EXPECT_TRUE(allows(tf32_or_bf16, {.tensor_cores = true}));
  for (const PlanRules& rules : {fp32, tf32_or_bf16}) {
    EXPECT_FALSE(allows(rules, {.reduced_sums = true}));
    EXPECT_FALSE(allows(rules, {.down_converts = true}));
    EXPECT_FALSE(allows(rules, {.fourier = true}));
    EXPECT_FALSE(allows(rules, {.winograd = true}));
    EXPECT_FALSE(allows(rules, {.tensor_cores = true, .winograd = true}));
  }
}

TEST(EngineRules, NondeterministicEnginesNeedPermission) {
  EXPECT_FALSE(allows({.deterministic = true}, {.deterministic = false}));
  EXPECT_TRUE(allows({.deterministic = false}, {.deterministic = false}));
}

TEST(EngineTrials, UsesOnlyPrecompiledEnginesByDefault) {
  EXPECT_THAT(tried(kOffers, {.most = 1}), ElementsAre(1));
  EXPECT_THAT(tried(kOffers, {.most = 8}), ElementsAre(1, 3, 5));
}

TEST(EngineTrials, CompilesALimitedNumberAfterThePrecompiledOnes) {
  CompileBudget budget{1};
  EXPECT_THAT(tried(kOffers, {.most = 8, .runtime_compiled = 2, .budget = &budget}), ElementsAre(1, 3, 5, 0, 2));
  EXPECT_THAT(tried(kOffers, {.most = 2, .runtime_compiled = 1, .budget = &budget}), ElementsAre(1, 3, 0));
}

TEST(EngineTrials, SkipsEnginesWithoutAPlan) {
  CompileBudget budget{1};
  std::vector<MadeUp> offers = kOffers;
  offers[0].makes_a_plan = offers[1].makes_a_plan = false;
  EXPECT_THAT(tried(offers, {.most = 1}), ElementsAre(1, 3));
  EXPECT_THAT(tried(offers, {.most = 1, .runtime_compiled = 2, .budget = &budget}), ElementsAre(1, 3, 0, 2, 4));
}

TEST(EngineTrials, StopsCompilingAtTheBudget) {
  CompileBudget budget{0.015};
  EXPECT_THAT(tried(kOffers, {.most = 1, .runtime_compiled = 3, .budget = &budget}, 0.01), ElementsAre(1, 0, 2));
  EXPECT_LE(budget.seconds_left, 0);
  EXPECT_THAT(tried(kOffers, {.most = 1, .runtime_compiled = 3, .budget = &budget}, 0.01), ElementsAre(1));
}

TEST(EngineTrials, IgnoresTheBudgetIfNothingIsPrecompiled) {
  CompileBudget spent{0};
  const std::vector<MadeUp> compiled{{0, kCompiled, false}, {1, kCompiled}, {2, kCompiled}};
  EXPECT_THAT(tried(compiled, {}), ElementsAre(0, 1));
  EXPECT_THAT(tried(compiled, {.most = 8, .runtime_compiled = 2, .budget = &spent}), ElementsAre(0, 1));
}

TEST(EngineTrials, SkipsForbiddenEngines) {
  const std::vector<MadeUp> forbidden{{0, {.deterministic = false}}, {1, {.winograd = true, .runtime_compiled = true}}};
  EXPECT_THAT(tried(forbidden, {.most = 8}), IsEmpty());
}

}  // namespace
}  // namespace tagloom::kernels::cudnn

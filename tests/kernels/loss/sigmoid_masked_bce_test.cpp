// The multi-order loss on the CPU, against the paper's example and against PyTorch for every mask and gate.
#include "kernels/loss/sigmoid_masked_bce.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/golden.h"
#include "tests/support/near.h"
#include "tests/support/storage.h"
#include "tools/bench/cases/random_array.h"

namespace tagloom::kernels {
namespace {

using Rows = std::vector<std::vector<int>>;

// The example of Dutta et al. 2020, Figure 2: the vocabulary is sky, cloud, hill, dog, man; the picture's tags are sky, cloud
// and man. The network emits sky, cloud, sky, hill (which is wrong) and man.
constexpr int64_t kSteps = 5, kTags = 5;
const std::vector<uint8_t> kLabels{1, 1, 0, 0, 1};
const std::vector<int32_t> kSaid{0, 1, 0, 2, 4};
const Rows kAlways(kSteps, {1, 1, 0, 0, 1});
const Rows kAfterPrevious{{1, 1, 0, 0, 1},   // nothing emitted yet
                          {0, 1, 0, 0, 1},   // sky emitted: now a negative
                          {1, 0, 0, 0, 1},   // cloud emitted: sky is a positive again
                          {0, 1, 0, 0, 1},   // sky emitted again
                          {1, 1, 0, 0, 1}};  // hill emitted: already a negative
const Rows kAfterAll{{1, 1, 0, 0, 1}, {0, 1, 0, 0, 1}, {0, 0, 0, 0, 1}, {0, 0, 0, 0, 1}, {0, 0, 0, 0, 1}};

struct Toy {
  std::vector<Real> loss = std::vector<Real>(kSteps), dlogits = std::vector<Real>(kSteps * kTags);

  // At a logit of 0 the gradient is 1/2 for target 0 and -1/2 for target 1.
  Toy(BceMask mask, StepGate gate) {
    Queue q;
    const std::vector<Real> logits(kSteps * kTags, 0);
    TL_ON_CPU(sigmoid_masked_bce(q, {kSteps, 1, kTags, mask, gate}, logits.data(), kLabels.data(),
                                 mask == BceMask::kNone ? nullptr : kSaid.data(), Real(1), loss.data(), dlogits.data()));
  }
  void expect(const Rows& targets, int64_t steps_that_count) const {
    for (int64_t t = 0; t < kSteps; ++t) {
      const bool counts = t < steps_that_count;
      EXPECT_NEAR(loss[t], counts ? kTags * std::log(2.0) : 0.0, 1e-6) << "step " << t;
      for (int64_t v = 0; v < kTags; ++v) {
        EXPECT_EQ(dlogits[t * kTags + v], counts ? Real(0.5) - targets[t][v] : Real(0)) << "step " << t << ", tag " << v;
      }
    }
  }
};

TEST(SigmoidMaskedBce, MatchesThePaperWithoutAMask) { Toy(BceMask::kNone, StepGate::kAll).expect(kAlways, kSteps); }
TEST(SigmoidMaskedBce, MatchesThePaperWithThePreviousMask) {
  Toy(BceMask::kPrevious, StepGate::kAll).expect(kAfterPrevious, kSteps);
}
TEST(SigmoidMaskedBce, MatchesThePaperWithTheCumulativeMask) {
  Toy(BceMask::kCumulative, StepGate::kAll).expect(kAfterAll, kSteps);
}
TEST(SigmoidMaskedBce, GateCountsAsManyStepsAsTags) {
  Toy(BceMask::kNone, StepGate::kLabelCount).expect(kAlways, 3);
  Toy(BceMask::kPrevious, StepGate::kLabelCount).expect(kAfterPrevious, 3);
  Toy(BceMask::kCumulative, StepGate::kLabelCount).expect(kAfterAll, 3);
}

TEST(SigmoidMaskedBce, MatchesPyTorchForEveryMaskAndGate) {
  const test::Golden golden("hot_kernels_golden.txt");
  const std::vector<Real> logits = golden.get<Real>("sigmoid_masked_bce.logits");
  const std::vector<uint8_t> labels = golden.get<uint8_t>("sigmoid_masked_bce.labels");
  const std::vector<int32_t> emitted = golden.get<int32_t>("sigmoid_masked_bce.emitted");
  Queue q;
  for (const auto& [mask, mask_name] :
       {std::pair(BceMask::kNone, "none"), {BceMask::kPrevious, "previous"}, {BceMask::kCumulative, "cumulative"}}) {
    for (const auto& [gate, gate_name] : {std::pair(StepGate::kAll, "all"), {StepGate::kLabelCount, "label_count"}}) {
      const std::string name = std::string("sigmoid_masked_bce.") + mask_name + "." + gate_name;
      const SigmoidMaskedBceShape shape{4, 3, 6, mask, gate};
      std::vector<Real> loss(12), loss_only(12), dlogits = logits;
      TL_ON_CPU(
          sigmoid_masked_bce(q, shape, logits.data(), labels.data(), emitted.data(), Real(0.25), loss_only.data(), nullptr));
      TL_ON_CPU(
          sigmoid_masked_bce(q, shape, dlogits.data(), labels.data(), emitted.data(), Real(0.25), loss.data(), dlogits.data()));
      EXPECT_TRUE(test::near(name + " loss", "cpu≠pytorch", loss, golden.get<double>(name + ".loss"), {1e-6, 2e-6}, {4, 3}));
      EXPECT_TRUE(
          test::near(name + " dlogits", "cpu≠pytorch", dlogits, golden.get<double>(name + ".dlogits"), {1e-6, 2e-6}, {4, 3, 6}));
      EXPECT_EQ(loss, loss_only);
    }
  }
}

TEST(SigmoidMaskedBce, DoesNotOverflow) {
  Queue q;
  const std::vector<Real> logits{10000, -10000};
  const std::vector<uint8_t> right{1, 0}, wrong{0, 1};
  std::vector<Real> loss(1), dlogits(2);
  TL_ON_CPU(sigmoid_masked_bce(q, {1, 1, 2}, logits.data(), right.data(), nullptr, Real(1), loss.data(), dlogits.data()));
  EXPECT_EQ(loss[0], 0);
  EXPECT_EQ(dlogits, (std::vector<Real>{0, 0}));
  TL_ON_CPU(sigmoid_masked_bce(q, {1, 1, 2}, logits.data(), wrong.data(), nullptr, Real(1), loss.data(), dlogits.data()));
  EXPECT_EQ(loss[0], 20000);
  EXPECT_EQ(dlogits, (std::vector<Real>{1, -1}));
}

// In place and not. The CPU sums bfloat16 rows in another order, so the loss differs in its last digits.
TEST(SigmoidMaskedBce, Bf16MatchesRoundedFloats) {
  Queue q;
  for (const int64_t v : {1, 31, 33, 1025}) {
    for (const StepGate gate : {StepGate::kAll, StepGate::kLabelCount}) {
      const SigmoidMaskedBceShape shape{4, 3, v, BceMask::kCumulative, gate};
      const std::vector<Bf16> logits16 = test::normal_array<Bf16>(12 * v, 1, 4);
      const std::vector<uint8_t> labels = test::flag_array(3 * v, 2, 0.2);
      const std::vector<int32_t> emitted = test::integer_array(12, 3, -1, v - 1);
      std::vector<Real> dlogits = test::widened(logits16), loss(12), loss16(12), loss_only(12);
      std::vector<Bf16> dlogits16(12 * v), in_place = logits16;
      TL_ON_CPU(
          sigmoid_masked_bce(q, shape, dlogits.data(), labels.data(), emitted.data(), Real(0.3), loss.data(), dlogits.data()));
      TL_ON_CPU(sigmoid_masked_bce(q, shape, logits16.data(), labels.data(), emitted.data(), Real(0.3), loss16.data(),
                                   dlogits16.data()));
      EXPECT_TRUE(test::near("sigmoid_masked_bce_bf16 loss", "bf16≠float", loss16, loss, {1e-6, 1e-6}));
      EXPECT_EQ(test::widened(dlogits16), test::rounded(dlogits));
      TL_ON_CPU(sigmoid_masked_bce(q, shape, in_place.data(), labels.data(), emitted.data(), Real(0.3), loss16.data(),
                                   in_place.data()));
      EXPECT_EQ(test::widened(in_place), test::widened(dlogits16));
      TL_ON_CPU(
          sigmoid_masked_bce(q, shape, logits16.data(), labels.data(), emitted.data(), Real(0.3), loss_only.data(), nullptr));
      EXPECT_EQ(loss_only, loss16);
    }
  }
}

TEST(SigmoidMaskedBce, RejectsAMaskWithoutEmittedTags) {
  Queue q;
  Real loss, logit = 0;
  const uint8_t label = 0;
  EXPECT_THROW(
      TL_ON_CPU(sigmoid_masked_bce(q, {1, 1, 1, BceMask::kPrevious, StepGate::kAll}, &logit, &label, nullptr, 1, &loss, nullptr)),
      Error);
}

}  // namespace
}  // namespace tagloom::kernels

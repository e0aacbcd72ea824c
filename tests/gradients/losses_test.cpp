// The fused losses: their gradients against central differences of their losses.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "kernels/loss/diversity.h"
#include "kernels/loss/sigmoid_masked_bce.h"
#include "kernels/loss/softmax_xent.h"
#include "kernels/loss/tag_losses.h"
#include "tests/support/finite_difference.h"
#include "tests/support/near.h"
#include "tools/bench/cases/random_array.h"

namespace tagloom::kernels {
namespace {

double total(const std::vector<Real>& loss) { return std::accumulate(loss.begin(), loss.end(), 0.0); }

class SoftmaxXentGradient : public testing::TestWithParam<double> {};

TEST_P(SoftmaxXentGradient, MatchesDifferences) {
  const SoftmaxXentShape shape{4, 5, GetParam()};
  Queue q;
  std::vector<Real> logits = test::normal_array(20, 1, 2), loss(4), dlogits(20);
  const std::vector<int32_t> target{2, -1, 0, 4};
  const std::vector<Real> scale = test::uniform_array(4, 2);
  const std::vector<double> expected = test::central_differences(logits, [&] {
    cpu::softmax_xent(q, shape, logits.data(), target.data(), scale.data(), loss.data(), nullptr);
    return total(loss);
  });
  cpu::softmax_xent(q, shape, logits.data(), target.data(), scale.data(), loss.data(), dlogits.data());
  EXPECT_TRUE(test::near("softmax_xent dlogits", "gradient≠difference", dlogits, expected, {1e-8, 1e-7}, {4, 5}));
}

INSTANTIATE_TEST_SUITE_P(Smoothing, SoftmaxXentGradient, testing::Values(0.0, 0.2));

TEST(SigmoidMaskedBce, GradientMatchesDifferences) {
  Queue q;
  const std::vector<uint8_t> labels{1, 0, 1, 0, 0, 1, 0, 0};  // two pictures, four tags
  const std::vector<int32_t> emitted{0, 1, 2, 1, 0, -1};      // three steps
  for (BceMask mask : {BceMask::kNone, BceMask::kPrevious, BceMask::kCumulative}) {
    for (StepGate gate : {StepGate::kAll, StepGate::kLabelCount}) {
      const SigmoidMaskedBceShape shape{3, 2, 4, mask, gate};
      std::vector<Real> logits = test::normal_array(24, 1, 2), loss(6), dlogits(24);
      const std::vector<double> expected = test::central_differences(logits, [&] {
        cpu::sigmoid_masked_bce(q, shape, logits.data(), labels.data(), emitted.data(), 0.5, loss.data(), nullptr);
        return total(loss);
      });
      cpu::sigmoid_masked_bce(q, shape, logits.data(), labels.data(), emitted.data(), 0.5, loss.data(), dlogits.data());
      EXPECT_TRUE(test::near("sigmoid_masked_bce dlogits", "gradient≠difference", dlogits, expected, {1e-8, 1e-7}, {3, 2, 4}));
    }
  }
}

// Three pictures of eight tags; the first has none.
using TagKernel = std::function<void(const Real* logits, const uint8_t* labels, Real* loss, Real* dlogits)>;

void check_tag_loss(const char* name, const TagKernel& kernel) {
  std::vector<uint8_t> labels = test::flag_array(24, 3, 0.4);
  std::fill(labels.begin(), labels.begin() + 8, uint8_t{0});
  std::vector<Real> logits = test::normal_array(24, 1, 2), loss(3), dlogits(24);
  const std::vector<double> expected = test::central_differences(logits, [&] {
    kernel(logits.data(), labels.data(), loss.data(), nullptr);
    return total(loss);
  });
  kernel(logits.data(), labels.data(), loss.data(), dlogits.data());
  EXPECT_TRUE(test::near(name, "gradient≠difference", dlogits, expected, {1e-8, 1e-7}, {3, 8}));
}

TEST(FocalBce, GradientMatchesDifferences) {
  Queue q;
  for (const FocalBceShape& shape : {FocalBceShape{3, 8, 0, 0, 0, 0, 3, 0.1}, FocalBceShape{3, 8, 2, 2},
                                     FocalBceShape{3, 8, 0.5, 4, 0.05, 1e-8}, FocalBceShape{3, 8, 1, 1.5, 0.2, 0.3}}) {
    check_tag_loss("focal_bce",
                   [&](const Real* x, const uint8_t* y, Real* loss, Real* dx) { cpu::focal_bce(q, shape, x, y, 0.5, loss, dx); });
  }
}

TEST(Lsep, GradientMatchesDifferences) {
  Queue q;
  check_tag_loss("lsep", [&](const Real* x, const uint8_t* y, Real* loss, Real* dx) {
    cpu::lsep(q, {3, 8}, x, y, 0.5, loss, dx);
  });
}

TEST(HingeRank, GradientMatchesDifferences) {
  Queue q;
  for (HingeRank kind : {HingeRank::kPairs, HingeRank::kSampledPairs, HingeRank::kWarp, HingeRank::kSampledWarp}) {
    check_tag_loss("hinge_rank", [&](const Real* x, const uint8_t* y, Real* loss, Real* dx) {
      cpu::hinge_rank(q, {3, 8, kind, 20}, x, y, {1, 2}, 0.5, loss, dx);
    });
  }
}

// No weight is within a difference step of the threshold, so the mask is constant, as backward assumes.
TEST(Diversity, GradientMatchesDifferences) {
  constexpr DiversityShape kShape{4, 2, 5, 0.4};
  Queue q;
  std::vector<Real> v = test::uniform_array(40, 3), loss(8), dv(40);
  for (const Real x : v) ASSERT_GT(std::abs(x - kShape.threshold), 1e-3);
  const std::vector<Real> scale = test::uniform_array(8, 2);
  const std::vector<double> expected = test::central_differences(v, [&] {
    cpu::diversity(q, kShape, v.data(), scale.data(), loss.data(), nullptr);
    return total(loss);
  });
  cpu::diversity(q, kShape, v.data(), scale.data(), loss.data(), dv.data());
  EXPECT_GT(std::count(dv.begin(), dv.end(), 0), 0) << "the mask removes at least one term";
  EXPECT_TRUE(test::near("diversity dv", "gradient≠difference", dv, expected, {1e-8, 1e-7}, {4, 2, 5}));
}

}  // namespace
}  // namespace tagloom::kernels

// The diversity loss on the CPU, against literal values and against its definition as plain loops.
#include "kernels/loss/diversity.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/near.h"
#include "tools/bench/cases/random_array.h"

namespace tagloom::kernels {
namespace {

TEST(Diversity, MatchesLiteralValues) {
  Queue q;
  // One picture, three steps, four weights; the threshold 0.2 is inclusive.
  const std::vector<Real> v{Real(0.5), Real(0.3), Real(0.1), Real(0.1),  //
                            Real(0.4), Real(0.1), Real(0.3), Real(0.2),  //
                            Real(0.1), Real(0.1), Real(0.6), Real(0.2)};
  const std::vector<Real> scale{NAN, 1, Real(0.5)};
  std::vector<Real> loss(3), dv(12);
  TL_ON_CPU(diversity(q, {3, 1, 4, Real(0.2)}, v.data(), scale.data(), loss.data(), dv.data()));
  const test::Tolerance tolerance{1e-7, 1e-6};
  EXPECT_TRUE(test::near("diversity loss", "cpu≠literal", loss, std::vector<double>{0, 0.5 * 0.4, 0.5 * (0.3 * 0.6 + 0.2 * 0.2)},
                         tolerance));
  EXPECT_TRUE(test::near("diversity dv", "cpu≠literal", dv,
                         std::vector<double>{0.4, 0, 0, 0,                  //
                                             0.5, 0, 0.5 * 0.6, 0.5 * 0.2,  //
                                             0, 0, 0.5 * 0.3, 0.5 * 0.2},
                         tolerance, {3, 1, 4}));
}

TEST(Diversity, IsZeroForOneStep) {
  Queue q;
  const std::vector<Real> v{1, 2, 3, 4}, scale{NAN, NAN};
  std::vector<Real> loss(2, 9), dv(4, 9);
  TL_ON_CPU(diversity(q, {1, 2, 2, 0}, v.data(), scale.data(), loss.data(), dv.data()));
  EXPECT_EQ(loss, (std::vector<Real>{0, 0}));
  EXPECT_EQ(dv, (std::vector<Real>{0, 0, 0, 0}));
}

TEST(Diversity, MatchesTheDefinition) {
  constexpr int64_t kT = 4, kN = 3, kM = 9;
  Queue q;
  const std::vector<Real> v = test::uniform_array(kT * kN * kM, 1), scale = test::uniform_array(kT * kN, 2);
  for (const double threshold : {0.0, 0.3, 0.5, 2.0}) {
    std::vector<double> loss(kT * kN), dv(kT * kN * kM);
    for (int64_t t = 1; t < kT; ++t) {
      for (int64_t n = 0; n < kN; ++n) {
        for (int64_t i = 0; i < kM; ++i) {
          const int64_t here = (t * kN + n) * kM + i, before = ((t - 1) * kN + n) * kM + i;
          if (v[here] < threshold || v[before] < threshold) continue;
          loss[t * kN + n] += scale[t * kN + n] * v[here] * v[before];
          dv[here] += scale[t * kN + n] * v[before];
          dv[before] += scale[t * kN + n] * v[here];
        }
      }
    }
    std::vector<Real> got_loss(kT * kN), got_dv(kT * kN * kM);
    TL_ON_CPU(diversity(q, {kT, kN, kM, static_cast<Real>(threshold)}, v.data(), scale.data(), got_loss.data(), got_dv.data()));
    EXPECT_TRUE(test::near("diversity loss", "cpu≠loops", got_loss, loss, {1e-6, 1e-6}, {kT, kN}));
    EXPECT_TRUE(test::near("diversity dv", "cpu≠loops", got_dv, dv, {1e-6, 1e-6}, {kT, kN, kM}));
  }
}

}  // namespace
}  // namespace tagloom::kernels

// Compares the algorithms of fitted models with NumPy, SciPy and scikit-learn (tests/golden/fitting_golden.py).
#include <gtest/gtest.h>

#include <cmath>

#include "models/fitting/decompositions.h"
#include "models/fitting/logistic.h"
#include "models/linear/linear_svm.h"
#include "models/linear/rank_svm.h"
#include "tests/support/expect_error.h"
#include "tests/support/golden.h"
#include "tests/support/near.h"

namespace tagloom {
namespace {

constexpr int64_t kR = 40, kF = 6, kV = 5;

const test::Golden& golden() {
  static const test::Golden file("fitting_golden.txt");
  return file;
}

// The tags of each picture, the golden file's first one first.
std::vector<std::vector<int32_t>> tag_lists() {
  const auto labels = golden().get<int>("labels"), first = golden().get<int>("first");
  std::vector<std::vector<int32_t>> lists(kR);
  for (int64_t i = 0; i < kR; ++i) {
    lists[i].push_back(first[i]);
    for (int32_t tag = 0; tag < kV; ++tag) {
      if (labels[i * kV + tag] == 1 && tag != first[i]) lists[i].push_back(tag);
    }
  }
  return lists;
}

FitPictures pictures() { return {Tensor::from(golden().get<Real>("x"), {kR, kF}), tag_lists()}; }

// P^T P, the metric of the distances.
std::vector<double> metric_of(const kernels::Projected& projected) {
  const int64_t d = static_cast<int64_t>(projected.offset.size());
  std::vector<double> metric(kF * kF, 0);
  for (int64_t k = 0; k < d; ++k) {
    for (int64_t a = 0; a < kF; ++a) {
      for (int64_t b = 0; b < kF; ++b)
        metric[a * kF + b] += double{projected.projection[k * kF + a]} * projected.projection[k * kF + b];
    }
  }
  return metric;
}

// P mean + offset = 0
void expect_centred(const kernels::Projected& projected) {
  const auto x = golden().get<double>("x");
  for (size_t k = 0; k < projected.offset.size(); ++k) {
    double sum = 0;
    for (size_t i = 0; i < x.size(); ++i) sum += x[i] / kR * projected.projection[k * kF + i % kF];
    EXPECT_NEAR(sum + projected.offset[k], 0, 1e-5);
  }
}

TEST(Decompositions, WhiteningMatchesMahalanobisDistance) {
  const kernels::Projected found = TL_ON_CPU(whitening(golden().get<Real>("x"), kR, kF, 0.2));
  EXPECT_TRUE(
      test::near("whitening", "ours≠numpy", metric_of(found), golden().get<double>("whiten.metric"), {1e-5, 1e-5}, {kF, kF}));
  expect_centred(found);
}

TEST(Decompositions, CanonicalDirectionsMatchNumPy) {
  const kernels::Projected found =
      TL_ON_CPU(canonical_directions(golden().get<Real>("x"), golden().get<double>("labels"), kR, kF, kV, 3, 0.05, 1.5));
  EXPECT_TRUE(test::near("cca", "ours≠numpy", found.correlations, golden().get<double>("cca.correlations"), {1e-7, 1e-7}));
  EXPECT_TRUE(test::near("cca", "ours≠numpy", metric_of(found), golden().get<double>("cca.metric"), {1e-5, 1e-5}, {kF, kF}));
  expect_centred(found);
}

TEST(Decompositions, PrincipalAxesAreOrthonormalAndDiagonalise) {
  const auto x = golden().get<Real>("x");
  const std::vector<Real> axes = TL_ON_CPU(principal_axes(x, kR, kF));
  std::vector<double> along(kR * kF, 0);
  for (int64_t i = 0; i < kR; ++i) {
    for (int64_t a = 0; a < kF; ++a) {
      for (int64_t f = 0; f < kF; ++f) along[i * kF + a] += double{x[i * kF + f]} * axes[a * kF + f];
    }
  }
  double before = 0;
  for (int64_t a = 0; a < kF; ++a) {
    for (int64_t b = 0; b < kF; ++b) {
      double product = 0, gram = 0;
      for (int64_t f = 0; f < kF; ++f) product += double{axes[a * kF + f]} * axes[b * kF + f];
      for (int64_t i = 0; i < kR; ++i) gram += along[i * kF + a] * along[i * kF + b];
      EXPECT_NEAR(product, a == b ? 1 : 0, 1e-5);
      if (a == b) {
        EXPECT_GT(gram, before);  // in ascending order
        before = gram;
      } else {
        EXPECT_NEAR(gram, 0, 1e-3);
      }
    }
  }
}

TEST(Decompositions, PpmiVectorsMatchNumPy) {
  const std::vector<double> vectors = TL_ON_CPU(ppmi_vectors(tag_lists(), kV, 3));
  std::vector<double> gram(kV * kV, 0);
  for (int64_t a = 0; a < kV; ++a) {
    for (int64_t b = 0; b < kV; ++b) {
      for (int64_t d = 0; d < 3; ++d) gram[a * kV + b] += vectors[a * 3 + d] * vectors[b * 3 + d];
    }
  }
  EXPECT_TRUE(test::near("ppmi", "ours≠numpy", gram, golden().get<double>("ppmi.gram"), {1e-9, 1e-9}, {kV, kV}));
}

TEST(Decompositions, SingularCovarianceErrorNamesTheWayOut) {
  const std::vector<Real> same(kR * kF, Real(0));
  EXPECT_ERROR(kNumeric, "raise fit.ridge", TL_ON_CPU(whitening(same, kR, kF, 0.1)));
}

TEST(Logistic, MatchesSciPy) {
  const auto x = golden().get<double>("x"), labels = golden().get<double>("labels"), expected = golden().get<double>("logistic");
  std::vector<double> column, y, weight;
  for (int64_t i = 0; i < kR; ++i) {
    column.push_back(x[i * kF]);
    y.push_back(labels[i * kV]);
    weight.push_back(1 + static_cast<double>(i) / kR);
  }
  const LogisticCurve curve = fit_logistic(column, y, weight, 0.3);
  EXPECT_NEAR(curve.slope, expected[0], 1e-6);
  EXPECT_NEAR(curve.offset, expected[1], 1e-6);
}

TEST(Logistic, SeparableDataStayBounded) {
  const LogisticCurve curve = fit_logistic(std::vector<double>{0, 1}, std::vector<double>{0, 1}, std::vector<double>{1, 1}, 1e-6);
  EXPECT_TRUE(std::isfinite(curve.slope) && std::isfinite(curve.offset));
  EXPECT_GT(curve(1), 0.99);
  EXPECT_LT(curve(0), 0.01);
}

// The scores of machines with the golden file's coefficients.
std::vector<double> expected_scores(const std::vector<double>& coefficients) {
  const auto x = golden().get<double>("x");
  std::vector<double> scores;
  for (int64_t i = 0; i < kR; ++i) {
    double square = 0;
    for (int64_t f = 0; f < kF; ++f) square += x[i * kF + f] * x[i * kF + f];
    for (int64_t tag = 0; tag < kV; ++tag) {
      double margin = coefficients[tag * (kF + 1) + kF];
      for (int64_t f = 0; f < kF; ++f) margin += coefficients[tag * (kF + 1) + f] * x[i * kF + f] / std::sqrt(square);
      scores.push_back(1 / (1 + std::exp(-margin)));
    }
  }
  return scores;
}

std::vector<float> scores_of(FittedHead& head) {
  Tape tape(Tape::kForwardOnly);
  return head.predict(tape.constant(pictures().features)).scores;
}

TEST(LinearSvm, MatchesScikitLearn) {
  for (const char* c : {"1", "10"}) {
    LinearSvm svm({.map = {.features = kF, .tags = kV}, .c = {std::stod(c)}});
    svm.fit(pictures());
    const auto expected = expected_scores(golden().get<double>(std::string("svm.coefficients.") + c));
    const std::vector<float> scores = scores_of(svm);
    EXPECT_TRUE(test::near(std::string("linear_svm[c=") + c + "]", "ours≠sklearn", {scores.begin(), scores.end()}, expected,
                           {2e-3, 0}, {kR, kV}));
  }
}

TEST(LinearSvm, NeverPredictsATagWithoutTrainingPictures) {
  FitPictures train = pictures();
  LinearSvm svm({.map = {.features = kF, .tags = kV + 1}, .c = {1}});
  svm.fit(train);
  const std::vector<float> scores = scores_of(svm);
  for (int64_t i = 0; i < kR; ++i) EXPECT_NEAR(scores[i * (kV + 1) + kV], 1 / (1 + std::exp(1.0)), 1e-6);
}

class RankSvmPairs : public testing::TestWithParam<std::pair<PreferredPairs, const char*>> {};

struct RankSvmProblem {
  int64_t columns = 0, tag_count = 0;
  std::vector<Real> x = {};
  TagLists tags = {};
  PreferredPairs pairs = PreferredPairs::kAll;
  double c = 1;
};

// The objective in the header, pair by pair.
double objective(const RankSvmProblem& problem, const std::vector<double>& w) {
  double sum = 0;
  for (double value : w) sum += 0.5 * value * value;
  for (size_t i = 0; i < problem.tags.size(); ++i) {
    const auto score = [&](int32_t tag) {
      double s = 0;
      for (int64_t d = 0; d < problem.columns; ++d) s += w[tag * problem.columns + d] * problem.x[i * problem.columns + d];
      return s;
    };
    const std::vector<int32_t>& tags = problem.tags[i];
    for (int32_t a = 0; a < problem.tag_count; ++a) {
      for (int32_t b = 0; b < problem.tag_count; ++b) {
        const auto place_a = std::find(tags.begin(), tags.end(), a), place_b = std::find(tags.begin(), tags.end(), b);
        const bool ordered = place_a < place_b && place_b != tags.end(), absent = place_a != tags.end() && place_b == tags.end();
        const bool counts = problem.pairs == PreferredPairs::kAll             ? ordered || absent
                            : problem.pairs == PreferredPairs::kPresentAbsent ? absent
                                                                              : ordered;
        if (counts) sum += problem.c * std::pow(std::max(0.0, 1 - score(a) + score(b)), 2);
      }
    }
  }
  return sum;
}

TEST_P(RankSvmPairs, ReachesTheMinimumOfItsObjective) {
  const auto& [pairs, name] = GetParam();
  RankSvmProblem problem{.columns = kF + 1, .tag_count = kV, .x = {}, .tags = tag_lists(), .pairs = pairs, .c = 2};
  const auto x = golden().get<double>("x");
  for (int64_t i = 0; i < kR; ++i) {
    double square = 0;
    for (int64_t f = 0; f < kF; ++f) square += x[i * kF + f] * x[i * kF + f];
    for (int64_t f = 0; f < kF; ++f) problem.x.push_back(static_cast<Real>(x[i * kF + f] / std::sqrt(square)));
    problem.x.push_back(1);
  }
  const std::string prefix = std::string("rank.") + name;
  const auto best = golden().get<double>(prefix + ".weights");
  const double least = golden().get<double>(prefix + ".objective")[0];
  EXPECT_NEAR(objective(problem, best), least, 1e-5 * least);  // it is the same objective
  const HingeNewton newton(problem.x, kF + 1, kV);
  const std::vector<Real> w = fit_rank_svm(newton, problem.tags, kV, pairs, problem.c);
  EXPECT_NEAR(objective(problem, {w.begin(), w.end()}), least, 1e-4 * least);
  EXPECT_TRUE(test::near(prefix, "ours≠scipy", {w.begin(), w.end()}, best, {3e-2, 0}, {kV, kF + 1}));
  const std::vector<Real> far(w.size(), 3);
  const std::vector<Real> again =
      fit_rank_svm(newton, problem.tags, kV, pairs, problem.c, far);  // another start, the same minimum
  EXPECT_NEAR(objective(problem, {again.begin(), again.end()}), least, 1e-4 * least);
}

INSTANTIATE_TEST_SUITE_P(All, RankSvmPairs,
                         testing::Values(std::pair{PreferredPairs::kAll, "all"},
                                         std::pair{PreferredPairs::kPresentAbsent, "present_absent"},
                                         std::pair{PreferredPairs::kPresentOnly, "present_only"}));

}  // namespace
}  // namespace tagloom

// Compares precision-recall curves with scikit-learn's, and thinned curves with the full ones.
#include "engine/metrics/precision_recall.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/golden.h"
#include "tests/support/seeded_values.h"

namespace tagloom {
namespace {

struct CurveCase {
  std::vector<float> scores;
  std::vector<uint8_t> is_true;
};

CurveCase curve_case(int c) {
  const int64_t n = 1 + 3 * c;
  const float levels = std::vector<float>{4, 16, 1 << 24}[c % 3];
  const std::vector<float> u = test::seeded_uniform("precision_recall." + std::to_string(c), 2 * n);
  CurveCase made;
  bool any = false;
  for (int64_t i = 0; i < n; ++i) {
    made.scores.push_back(std::floor(u[i] * levels) / levels);
    made.is_true.push_back(u[n + i] < 0.35f);
    any |= made.is_true.back() != 0;
  }
  if (!any) made.is_true[0] = 1;
  return made;
}

// Scikit-learn's points without those inside a vertical part, which are not visible.
std::vector<PrecisionRecall> visible(const std::vector<double>& recall, const std::vector<double>& precision,
                                     const std::vector<double>& threshold) {
  std::vector<PrecisionRecall> points;
  for (size_t i = 0; i < recall.size(); ++i) {
    const bool first = i == 0 || recall[i - 1] != recall[i], last = i + 1 == recall.size() || recall[i + 1] != recall[i];
    if (last || (first && recall[i] > 0)) points.push_back({recall[i], precision[i], static_cast<float>(threshold[i])});
  }
  return points;
}

TEST(PrecisionRecall, MatchesScikitLearn) {
  const test::Golden golden("precision_recall_golden.txt");
  for (int c = 0; c < 20; ++c) {
    const CurveCase one = curve_case(c);
    const std::string name = std::to_string(c) + ".";
    const std::vector<PrecisionRecall> expected = visible(
        golden.get<double>(name + "recall"), golden.get<double>(name + "precision"), golden.get<double>(name + "threshold"));
    const std::vector<PrecisionRecall> curve = precision_recall_curve(one.scores, one.is_true);
    ASSERT_EQ(curve.size(), expected.size()) << "case " << c;
    for (size_t i = 0; i < curve.size(); ++i) {
      EXPECT_NEAR(curve[i].recall, expected[i].recall, 1e-8) << "case " << c << " point " << i;
      EXPECT_NEAR(curve[i].precision, expected[i].precision, 1e-8) << "case " << c << " point " << i;
      EXPECT_EQ(curve[i].threshold, expected[i].threshold) << "case " << c << " point " << i;
    }
  }
}

TEST(PrecisionRecall, IsEmptyWithoutTrueElements) {
  EXPECT_TRUE(precision_recall_curve(std::vector<float>{0.1f, 0.2f}, std::vector<uint8_t>{0, 0}).empty());
  EXPECT_TRUE(precision_recall_curve({}, {}).empty());
}

// Every point of the full curve is near the thinned line, and every point of the thinned line is on the curve.
TEST(PrecisionRecall, ThinnedCurveIsWithinTheTolerance) {
  const std::vector<float> u = test::seeded_uniform("thinning", 16'000);
  std::vector<float> scores(8'000);
  std::vector<uint8_t> is_true(8'000);
  for (size_t i = 0; i < scores.size(); ++i) {
    is_true[i] = u[i] < 0.1f;
    scores[i] = u[8'000 + i] + (is_true[i] ? 0.4f : 0);
  }
  const std::vector<PrecisionRecall> whole = precision_recall_curve(scores, is_true);
  ASSERT_GT(whole.size(), 1000u);
  const double tolerance = 0.002;
  const std::vector<PrecisionRecall> few = thinned(whole, tolerance);
  EXPECT_LT(few.size(), 300u);
  EXPECT_EQ(few.front().threshold, whole.front().threshold);
  EXPECT_EQ(few.back().threshold, whole.back().threshold);
  for (const PrecisionRecall& point : whole) {
    double nearest = INFINITY;
    for (size_t i = 1; i < few.size(); ++i) {  // tries 100 positions on every segment
      for (int k = 0; k <= 100; ++k) {
        const double part = k / 100.0;
        const double x = few[i - 1].recall + part * (few[i].recall - few[i - 1].recall);
        const double y = few[i - 1].precision + part * (few[i].precision - few[i - 1].precision);
        nearest = std::min(nearest, std::hypot(point.recall - x, point.precision - y));
      }
    }
    ASSERT_LT(nearest, tolerance * 1.01 + 0.0005) << "recall " << point.recall;
  }
  for (const PrecisionRecall& point : few) {
    EXPECT_TRUE(std::any_of(whole.begin(), whole.end(), [&](const PrecisionRecall& p) {
      return p.recall == point.recall && p.precision == point.precision && p.threshold == point.threshold;
    }));
  }
  EXPECT_EQ(thinned(std::vector<PrecisionRecall>{{0, 1, 1}, {0.5, 0.5, 0.5}, {1, 0, 0}}, 1e-9).size(), 2u);  // collinear
}

}  // namespace
}  // namespace tagloom

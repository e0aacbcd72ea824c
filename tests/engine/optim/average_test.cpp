// Weight averages against values computed by hand.
#include "engine/optim/average.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/expect_error.h"

namespace tagloom {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatEq;

class Averages : public testing::Test {
 protected:
  Averages() {
    weight_.allocate({2});
    statistic_ = Tensor::zeros({1});
  }
  WeightAverage make(const AverageOptions& options, AveragedSteps steps = {}) {
    return WeightAverage({{"w", &weight_}}, {{"mean", &statistic_}}, options, steps);
  }
  void set(Real a, Real b, Real statistic) {
    const Real values[] = {a, b};
    weight_.value.write(values, 2);
    statistic_.write(&statistic, 1);
  }
  std::vector<Real> values() {
    std::vector<Real> all = weight_.value.to_vector();
    all.push_back(statistic_.item());
    return all;
  }
  Parameter weight_;
  Tensor statistic_;
};

TEST_F(Averages, EmaForgetsItsStartQuickly) {
  WeightAverage average = make({.kind = Averaging::kEma, .decay = 0.25});
  set(8, -8, 1);
  average.update(1);
  set(0, 0, 2);
  average.update(2);  // the decay is (1 + 1) / (10 + 1)
  set(4, 2, 3);
  average.update(3);  // (1 + 2) / (10 + 2) = 0.25
  average.update(4);  // 4 / 13 exceeds 0.25, the configured decay
  average.swap();
  const Real second = 8 * Real(2) / 11, third = second / 4 + 3, fourth = third / 4 + 3;
  EXPECT_NEAR(values()[0], fourth, 1e-6);
  EXPECT_NEAR(values()[1], (-second / 4 + Real(1.5)) / 4 + Real(1.5), 1e-6);
  const Real statistic = Real(2) / 11 + 2 * Real(9) / 11;
  EXPECT_NEAR(values()[2], (statistic / 4 + Real(2.25)) / 4 + Real(2.25), 1e-6);
}

TEST_F(Averages, SwaIsTheMeanOfItsSteps) {
  WeightAverage average = make({.kind = Averaging::kSwa}, {.from = 2, .every = 3});
  for (int step = 1; step <= 12; ++step) {
    set(static_cast<Real>(step), static_cast<Real>(-step * step), 0);
    average.update(step);
    EXPECT_EQ(average.count(), step < 5 ? 0 : step < 8 ? 1 : step < 11 ? 2 : 3) << step;
  }
  average.swap();  // the mean of steps 5, 8 and 11
  EXPECT_THAT(values(), ElementsAre(FloatEq(8), FloatEq(-70), 0));
}

TEST_F(Averages, SwappingTwiceChangesNothingAndKeepsStatistics) {
  WeightAverage average = make({});
  average.swap();  // no average yet
  set(1, 2, 3);
  EXPECT_THAT(values(), ElementsAre(1, 2, 3));
  average.update(1);
  set(5, 6, 7);
  {
    const AveragesInPlace in_place(&average);
    EXPECT_THAT(values(), ElementsAre(1, 2, 3));
    const Real measured = 9;
    statistic_.write(&measured, 1);
  }
  EXPECT_THAT(values(), ElementsAre(5, 6, 7));
  const AveragesInPlace again(&average);
  EXPECT_THAT(values(), ElementsAre(1, 2, 9));
  const AveragesInPlace nothing(nullptr);
}

TEST_F(Averages, ResumesWithTheSameBits) {
  WeightAverage whole = make({.decay = 0.9});
  EXPECT_TRUE(whole.state().empty());
  for (int step = 1; step <= 3; ++step) {
    set(static_cast<Real>(step) / 3, 1, 2);
    whole.update(step);
  }
  WeightAverage resumed = make({.decay = 0.9});
  resumed.load_state(whole.state(), whole.count(), "file");
  set(7, 8, 9);
  whole.update(4);
  resumed.update(4);
  EXPECT_EQ(whole.count(), resumed.count());
  const std::vector<OptimizerState> a = whole.state(), b = resumed.state();
  ASSERT_EQ(a.size(), 2u);
  for (size_t i = 0; i < a.size(); ++i) EXPECT_EQ(a[i].tensor.to_vector(), b[i].tensor.to_vector()) << a[i].name;

  EXPECT_ERROR(kData, "file: the average of \"mean\" is missing", resumed.load_state({a[0]}, 4, "file"));
  resumed.load_state({}, 0, "file");  // from a run without an average: starts one
  EXPECT_EQ(resumed.count(), 4);
}

}  // namespace
}  // namespace tagloom

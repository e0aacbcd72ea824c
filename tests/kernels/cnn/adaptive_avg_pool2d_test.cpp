// adaptive_avg_pool2d against values from PyTorch's function of the same name.
#include "kernels/cnn/adaptive_avg_pool2d.h"

#include <gtest/gtest.h>

#include "tests/support/near.h"

namespace tagloom::kernels {
namespace {

TEST(AdaptiveAvgPool2d, PoolsFiveColumnsToTwoThreeAndSeven) {
  Queue queue;
  const std::vector<Real> x{1, 2, 4, 8, 16};
  const std::vector<std::vector<double>> y{{2.33333333, 9.33333333}, {1.5, 4.66666667, 12}, {1, 1.5, 3, 4, 6, 12, 16}};
  const std::vector<std::vector<double>> dx{
      {0.33333333, 0.33333333, 1, 0.66666667, 0.66666667}, {0.5, 1.16666667, 0.66666667, 2.16666667, 1.5}, {2, 2.5, 8, 5.5, 10}};
  for (size_t i = 0; i < y.size(); ++i) {
    const AdaptivePool2dShape shape{1, 1, 5, 1, 1, static_cast<int64_t>(y[i].size())};
    std::vector<Real> out(y[i].size()), dy(y[i].size()), gradient(5, Real(100));
    for (size_t j = 0; j < dy.size(); ++j) dy[j] = static_cast<Real>(j + 1);
    TL_ON_CPU(adaptive_avg_pool2d_forward(queue, shape, x.data(), out.data()));
    TL_ON_CPU(adaptive_avg_pool2d_backward(queue, shape, dy.data(), gradient.data(), Into::kOverwrite));
    EXPECT_TRUE(test::near("adaptive_avg_pool2d", "y", std::vector<double>(out.begin(), out.end()), y[i], {1e-6, 1e-6}));
    EXPECT_TRUE(
        test::near("adaptive_avg_pool2d", "dx", std::vector<double>(gradient.begin(), gradient.end()), dx[i], {1e-6, 1e-6}));
  }
}

TEST(AdaptiveAvgPool2d, PoolsChannelsIndependently) {
  Queue queue;
  const std::vector<Real> x{1, 10, 2, 20, 3, 30, 4, 40};  // two channels, the second ten times the first
  const double y[] = {1, 1.5, 2, 2, 2.5, 3, 3, 3.5, 4};
  std::vector<Real> out(18);
  TL_ON_CPU(adaptive_avg_pool2d_forward(queue, {1, 2, 2, 2, 3, 3}, x.data(), out.data()));
  for (int i = 0; i < 9; ++i) {
    EXPECT_NEAR(out[2 * i], y[i], 1e-6);
    EXPECT_NEAR(out[2 * i + 1], 10 * y[i], 1e-5);
  }
}

TEST(AdaptiveAvgPool2d, RejectsEmptyPictures) {
  Queue queue;
  Real number = 0;
  EXPECT_THROW(TL_ON_CPU(adaptive_avg_pool2d_forward(queue, {1, 0, 2, 2, 7, 7}, &number, &number)), Error);
}

}  // namespace
}  // namespace tagloom::kernels

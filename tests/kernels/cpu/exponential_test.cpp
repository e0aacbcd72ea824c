// The vectorised exp, tanh and log1p against the C library in double.
#include "kernels/cpu/exponential.h"

#include <gtest/gtest.h>

#include <limits>

namespace tagloom::kernels::cpu {
namespace {

// The error in units of the last place of the exact value, rounded to float.
double ulps(float value, double exact) {
  const float rounded = static_cast<float>(exact);
  const double unit = std::abs(static_cast<double>(std::nextafter(rounded, std::numeric_limits<float>::infinity())) - rounded);
  return std::abs(value - exact) / unit;
}

// The largest error over a few hundred thousand floats between `from` and `to`, evenly spaced by bit pattern.
template <class Ours, class Exact>
double largest_distance(float from, float to, Ours ours, Exact exact) {
  const int64_t first = std::bit_cast<int32_t>(from), last = std::bit_cast<int32_t>(to);
  double largest = 0;
  for (int64_t bits = first; bits <= last; bits += std::max<int64_t>(1, (last - first) / 300000)) {
    const float x = std::bit_cast<float>(static_cast<int32_t>(bits));
    largest = std::max(largest, ulps(ours(x), exact(static_cast<double>(x))));
  }
  return largest;
}

TEST(Exponential, ExpIsWithinTwoUlp) {
  const auto ours = [](float x) { return vector_exp(x); };
  const auto negative = [](float x) { return vector_exp(-x); };
  EXPECT_LE(largest_distance(1e-30f, 88.7f, ours, [](double x) { return std::exp(x); }), 2);
  EXPECT_LE(largest_distance(1e-30f, 87.2f, negative, [](double x) { return std::exp(-x); }), 2);
}

TEST(Exponential, TanhIsWithinFourUlp) {
  const auto ours = [](float x) { return vector_tanh(x); };
  EXPECT_LE(largest_distance(1e-30f, 100.f, ours, [](double x) { return std::tanh(x); }), 4);
  for (const float x : {1e-8f, 0.3f, 0.62f, 0.63f, 2.f, 50.f}) EXPECT_EQ(vector_tanh(-x), -vector_tanh(x)) << x;
}

TEST(Exponential, Log1pOfTheUnitIntervalIsWithinFourUlp) {
  const auto ours = [](float x) { return vector_log1p_of_unit(x); };
  EXPECT_LE(largest_distance(1e-37f, 1.f, ours, [](double x) { return std::log1p(x); }), 4);
}

TEST(Exponential, HandlesLimitsAndNan) {
  const float infinity = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(vector_exp(0.f), 1);
  EXPECT_EQ(vector_exp(-infinity), 0);
  EXPECT_EQ(vector_exp(-200.f), 0);
  EXPECT_EQ(vector_exp(infinity), infinity);
  EXPECT_EQ(vector_exp(89.f), infinity);
  EXPECT_TRUE(std::isnan(vector_exp(nan)));
  EXPECT_EQ(vector_tanh(0.f), 0);
  EXPECT_EQ(vector_tanh(infinity), 1);
  EXPECT_EQ(vector_tanh(-infinity), -1);
  EXPECT_TRUE(std::isnan(vector_tanh(nan)));
  EXPECT_EQ(vector_log1p_of_unit(0.f), 0);
  EXPECT_EQ(vector_sigmoid(0.f), 0.5f);
  EXPECT_EQ(vector_sigmoid(-200.f), 0);
  EXPECT_EQ(vector_sigmoid(200.f), 1);
  EXPECT_TRUE(std::isnan(vector_sigmoid(nan)));
}

}  // namespace
}  // namespace tagloom::kernels::cpu

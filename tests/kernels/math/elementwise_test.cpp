// tanh, sigmoid, signed_root, add, scale, cast, copy_strided and image_normalize against literal values.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "kernels/cnn/image_normalize.h"
#include "kernels/math/activations.h"
#include "kernels/math/arithmetic.h"
#include "kernels/math/cast.h"
#include "kernels/math/copy_strided.h"
#include "tests/support/expect_error.h"

namespace tagloom::kernels {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

TEST(Tanh, MatchesLiteralValues) {
  Queue q;
  const std::vector<Real> x{0, 1, -1, 50, -kInfinity}, dy{2, 2, 2, 2, 2};
  std::vector<Real> y(5), dx(5, 1);
  TL_ON_CPU(tanh_forward(q, 5, x.data(), y.data()));
  const std::vector<float> expected{0, 0.76159416f, -0.76159416f, 1, -1};
  for (int i = 0; i < 5; ++i) EXPECT_FLOAT_EQ(y[i], expected[i]) << i;
  TL_ON_CPU(tanh_backward(q, 5, y.data(), dy.data(), dx.data(), Into::kAdd));
  EXPECT_FLOAT_EQ(dx[0], 3);
  EXPECT_FLOAT_EQ(dx[1], 1 + 2 * 0.41997434f);  // 1 / cosh(1)^2
  EXPECT_FLOAT_EQ(dx[3], 1);
}

TEST(SignedRoot, MatchesLiteralValues) {
  Queue q;
  const std::vector<Real> x{0, 4, -9, 0.25f, kInfinity}, dy{6, 6, 6, 6, 6};
  std::vector<Real> y(5), dx(5, 1);
  TL_ON_CPU(signed_root_forward(q, 5, x.data(), y.data()));
  EXPECT_EQ(y, (std::vector<Real>{0, 2, -3, 0.5f, kInfinity}));
  TL_ON_CPU(signed_root_backward(q, 5, y.data(), dy.data(), dx.data(), Into::kAdd));
  EXPECT_EQ(dx, (std::vector<Real>{1, 2.5f, 2, 7, 1}));
}

TEST(Sigmoid, MatchesLiteralValuesWithoutOverflow) {
  Queue q;
  const std::vector<Real> x{0, 1, -1, 200, -200, kInfinity, -kInfinity}, dy{3, 3, 3, 3, 3, 3, 3};
  std::vector<Real> y(7), dx(7, 9);
  TL_ON_CPU(sigmoid_forward(q, 7, x.data(), y.data()));
  const std::vector<float> expected{0.5f, 0.73105858f, 0.26894142f, 1, 0, 1, 0};
  for (int i = 0; i < 7; ++i) EXPECT_FLOAT_EQ(y[i], expected[i]) << i;
  TL_ON_CPU(sigmoid_backward(q, 7, y.data(), dy.data(), dx.data(), Into::kOverwrite));
  EXPECT_FLOAT_EQ(dx[0], 0.75f);
  EXPECT_FLOAT_EQ(dx[1], 3 * 0.19661193f);
  EXPECT_EQ(dx[4], 0);
}

TEST(Add, Bf16RoundsOnce) {
  Queue q;
  const std::vector<Bf16> a{1.0f, 1.0f, 256.0f}, b{2.0f, 0.00390625f, 1.0f};
  std::vector<Bf16> y(3);
  TL_ON_CPU(add(q, 3, a.data(), b.data(), y.data()));
  EXPECT_EQ(float(y[0]), 3.0f);
  EXPECT_EQ(float(y[1]), 1.0f);    // 1 + 2^-8 lies between 1 and 1 + 2^-7: to even
  EXPECT_EQ(float(y[2]), 256.0f);  // 257 lies between 256 and 258: to even
  TL_ON_CPU(accumulate(q, 3, b.data(), y.data()));
  EXPECT_EQ(float(y[0]), 5.0f);
}

TEST(Scale, MatchesEachFormula) {
  Queue q;
  const std::vector<Real> x{1, -2, 3}, two{2};
  std::vector<Real> y(3, 10);
  TL_ON_CPU(scale(q, 3, 3, x.data(), y.data(), Into::kAdd));
  EXPECT_EQ(y, (std::vector<Real>{13, 4, 19}));
  TL_ON_CPU(scale_by(q, 3, two.data(), Real(0.25), x.data(), y.data(), Into::kOverwrite));
  EXPECT_EQ(y, (std::vector<Real>{0.5, -1, 1.5}));
  TL_ON_CPU(multiply(q, 3, x.data(), x.data(), y.data(), Into::kAdd));
  EXPECT_EQ(y, (std::vector<Real>{1.5, 3, 10.5}));
  TL_ON_CPU(fill(q, 2, 7, y.data()));
  EXPECT_EQ(y, (std::vector<Real>{7, 7, 10.5}));
  std::vector<int32_t> tags(3, 0);
  TL_ON_CPU(fill(q, 2, int32_t{291}, tags.data()));
  EXPECT_EQ(tags, (std::vector<int32_t>{291, 291, 0}));
}

TEST(Scale, Bf16ScaleByRoundsOnce) {
  Queue q;
  const std::vector<Bf16> x{1.0f, -2.0f, 1.0f};
  const Real half = Real(0.5), third = Real(1) / 3;
  std::vector<Bf16> y{256.0f, 256.0f, 256.0f};
  TL_ON_CPU(scale_by(q, 3, &half, 2, x.data(), y.data(), Into::kAdd));
  EXPECT_EQ(float(y[0]), 256.0f);  // 257: to even
  EXPECT_EQ(float(y[1]), 254.0f);
  const Real above_half = Real(0.501953125);  // twice that is 1 + 2^-8, which would round to 1 before the addition to 256
  TL_ON_CPU(scale_by(q, 1, &above_half, 2, x.data(), y.data(), Into::kAdd));
  EXPECT_EQ(float(y[0]), 258.0f);
  TL_ON_CPU(scale_by(q, 3, &third, 1, x.data(), y.data(), Into::kOverwrite));
  EXPECT_EQ(float(y[2]), float(Bf16(1.0f / 3)));
}

TEST(Cast, RoundsToNearestEvenAndBack) {
  Queue q;
  const std::vector<Real> x{1.00390625f, 1.01171875f, -3.0f, kInfinity, NAN};
  std::vector<Bf16> narrow(5);
  std::vector<Real> wide(5);
  TL_ON_CPU(cast(q, 5, x.data(), narrow.data()));
  TL_ON_CPU(cast(q, 5, narrow.data(), wide.data()));
  EXPECT_EQ(wide[0], 1.0f);       // 1 + 2^-8: down to even
  EXPECT_EQ(wide[1], 1.015625f);  // 1 + 3 * 2^-8: up to even
  EXPECT_EQ(wide[2], -3.0f);
  EXPECT_EQ(wide[3], kInfinity);
  EXPECT_TRUE(std::isnan(wide[4]));
}

TEST(CopyStrided, ConcatenatesAndRepeats) {
  Queue q;
  const std::vector<Real> a{1, 2, 3, 4}, b{5, 6};
  std::vector<Real> y(6);
  TL_ON_CPU(copy_strided(q, 2, 2, 2, 3, a.data(), y.data(), Into::kOverwrite));
  TL_ON_CPU(copy_strided(q, 2, 1, 1, 3, b.data(), y.data() + 2, Into::kOverwrite));
  EXPECT_EQ(y, (std::vector<Real>{1, 2, 5, 3, 4, 6}));
  TL_ON_CPU(copy_strided(q, 2, 3, 0, 3, a.data(), y.data(), Into::kAdd));  // one row added to both
  EXPECT_EQ(y, (std::vector<Real>{2, 4, 8, 4, 6, 9}));
}

TEST(ImageNormalize, MatchesLiteralValuesAndPads) {
  Queue q;
  const ImageNormalizeShape shape{1, 1, 2, 5, {0.5f, 0.25f, 0}, {0.5f, 0.25f, 2}};
  const std::vector<uint8_t> x{0, 255, 51, 255, 0, 102};
  std::vector<Real> y(10, 9);
  TL_ON_CPU(image_normalize(q, shape, {}, x.data(), y.data()));
  const std::vector<float> expected{-1, 3, 0.1f, 0, 0, 1, -1, 0.2f, 0, 0};
  for (int i = 0; i < 10; ++i) EXPECT_NEAR(y[i], expected[i], 1e-6) << i;
  std::vector<Bf16> narrow(10);
  TL_ON_CPU(image_normalize(q, shape, {}, x.data(), narrow.data()));
  EXPECT_EQ(float(narrow[1]), 3.0f);
  EXPECT_EQ(float(narrow[4]), 0.0f);
}

TEST(ImageNormalize, RejectsFewerThanThreeChannels) {
  Queue q;
  std::vector<Real> y(2);
  const std::vector<uint8_t> x(3);
  const ImageNormalizeShape shape{1, 1, 1, 2, {0, 0, 0}, {1, 1, 1}};
  EXPECT_ERROR(kUsage, "[image_normalize] needs c_out >= 3, got 2", TL_ON_CPU(image_normalize(q, shape, {}, x.data(), y.data())));
}

TEST(ImageNormalize, CropsAndMirrorsWindows) {
  Queue q;
  const ImageNormalizeShape shape{2, 1, 2, 3, {0, 0, 0}, {1, 1, 1}};
  std::vector<uint8_t> x(2 * 2 * 3 * 3);  // two pictures of 2 x 3 pixels
  for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<uint8_t>(5 * (i / 3) + i % 3);
  const std::vector<ImageWindow> windows{{1, 1, 0}, {0, 1, 1}};  // pixels 4, 5 of the first; pixels 4, 3 of the second
  std::vector<Real> y(12);
  TL_ON_CPU(image_normalize(q, shape, {2, 3, windows.data()}, x.data(), y.data()));
  const std::vector<int> pixels{4, 5, 6 + 4, 6 + 3};
  for (size_t i = 0; i < y.size(); ++i) EXPECT_FLOAT_EQ(y[i], Real(5 * pixels[i / 3] + static_cast<int>(i % 3)) / 255) << i;
}

TEST(ImageNormalize, RejectsWindowsOutsideThePicture) {
  Queue q;
  const ImageNormalizeShape shape{1, 1, 2, 3, {0, 0, 0}, {1, 1, 1}};
  const std::vector<uint8_t> x(9);
  std::vector<Real> y(6);
  const std::vector<ImageWindow> windows{{2, 0, 0}};
  EXPECT_ERROR(kUsage, "[image_normalize] window 0 is 2 x 1 pixels at (2, 0) of a picture of 3 x 1",
               TL_ON_CPU(image_normalize(q, shape, {1, 3, windows.data()}, x.data(), y.data())));
}

}  // namespace
}  // namespace tagloom::kernels

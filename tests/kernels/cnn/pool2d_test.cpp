// pool2d against plain loops, and handwritten values for shapes and ties.
#include "kernels/cnn/pool2d.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tools/bench/cases/random_array.h"

namespace tagloom::kernels {
namespace {

// Multiples of 1/8, exact in bf16, with many ties.
template <class T>
std::vector<T> values(int64_t n, uint64_t seed) {
  std::vector<T> v = test::integer_array<T>(n, seed, -10, 10);
  for (T& x : v) x = static_cast<T>(static_cast<float>(x) / 8.0f);
  return v;
}

std::string describe(const Pool2dShape& s) {
  return format("pool2d n={} h={} w={} c={} r={} s={} stride={} padding={} ceil={}", s.n, s.h, s.w, s.c, s.r, s.s, s.stride,
                s.padding, s.ceil_mode);
}

// Visits every window as a list of (input offset, window position), in order.
template <class Visit>
void for_windows(const Pool2dShape& s, const Visit& visit) {
  for (int64_t n = 0; n < s.n; ++n)
    for (int64_t p = 0; p < s.p(); ++p)
      for (int64_t q = 0; q < s.q(); ++q)
        for (int64_t c = 0; c < s.c; ++c) {
          std::vector<std::pair<int64_t, int>> pixels;
          for (int64_t r = 0; r < s.r; ++r)
            for (int64_t t = 0; t < s.s; ++t) {
              const int64_t h = p * s.stride - s.padding + r, w = q * s.stride - s.padding + t;
              if (h >= 0 && h < s.h && w >= 0 && w < s.w)
                pixels.push_back({((n * s.h + h) * s.w + w) * s.c + c, int(r * s.s + t)});
            }
          visit(((n * s.p() + p) * s.q() + q) * s.c + c, pixels);
        }
}

template <class T>
void expect_close(const std::vector<T>& got, const std::vector<double>& want, const char* what) {
  for (size_t i = 0; i < got.size(); ++i) {
    ASSERT_NEAR(double(got[i]), want[i], std::abs(want[i]) * (sizeof(T) == 2 ? 1.0 / 256 : 1e-6) + 1e-6) << what << " at " << i;
  }
}

template <class T>
void check(const Pool2dShape& s) {
  SCOPED_TRACE(describe(s));
  Queue queue;
  const int64_t x_size = s.n * s.h * s.w * s.c, y_size = s.n * s.p() * s.q() * s.c;
  const auto x = values<T>(x_size, 1), dy = values<T>(y_size, 2), before = values<T>(x_size, 3);
  std::vector<T> y_max(y_size), y_only(y_size), y_avg(y_size);
  std::vector<uint8_t> index(y_size);
  TL_ON_CPU(max_pool2d_forward(queue, s, x.data(), y_max.data(), index.data()));
  TL_ON_CPU(max_pool2d_forward(queue, s, x.data(), y_only.data(), nullptr));
  TL_ON_CPU(avg_pool2d_forward(queue, s, x.data(), y_avg.data()));

  std::vector<double> want_max(y_size), want_avg(y_size), dx_max(x_size), dx_avg(x_size);
  for_windows(s, [&](int64_t out, const auto& pixels) {
    ASSERT_FALSE(pixels.empty());
    auto best = pixels[0];
    for (const auto& pixel : pixels) {
      if (float(x[pixel.first]) > float(x[best.first])) best = pixel;
      want_avg[out] += double(x[pixel.first]) / pixels.size();
      dx_avg[pixel.first] += double(dy[out]) / pixels.size();
    }
    want_max[out] = double(x[best.first]);
    dx_max[best.first] += double(dy[out]);
    ASSERT_EQ(int(index[out]), best.second) << "index at " << out;
  });
  expect_close(y_max, want_max, "max y");
  expect_close(y_only, want_max, "max y without index");
  expect_close(y_avg, want_avg, "avg y");
  for (const Into into : {Into::kOverwrite, Into::kAdd}) {
    auto got_max = before, got_avg = before;
    auto wanted_max = dx_max, wanted_avg = dx_avg;
    for (int64_t i = 0; i < x_size && into == Into::kAdd; ++i) {
      wanted_max[i] += double(before[i]);
      wanted_avg[i] += double(before[i]);
    }
    TL_ON_CPU(max_pool2d_backward(queue, s, dy.data(), index.data(), got_max.data(), into));
    TL_ON_CPU(avg_pool2d_backward(queue, s, dy.data(), got_avg.data(), into));
    expect_close(got_max, wanted_max, "max dx");
    expect_close(got_avg, wanted_avg, "avg dx");
  }
}

const std::vector<Pool2dShape> kShapes{
    // n h w c, r s stride padding ceil
    {1, 1, 1, 1, 1, 1, 1, 0},       {2, 8, 6, 3, 2, 2, 2, 0},       {2, 9, 7, 5, 3, 3, 2, 1}, {1, 9, 7, 64, 3, 3, 2, 1},
    {1, 7, 8, 4, 3, 3, 2, 0, true}, {1, 6, 6, 2, 2, 2, 3, 1, true}, {1, 5, 5, 2, 2, 2, 3, 0},  // stride larger than the window: pixels that no window reads
    {3, 7, 7, 33, 7, 7, 1, 0},                                                                 // global
    {1, 1, 3, 5, 2, 2, 2, 0, true},  // a picture smaller than the window
    {1, 5, 9, 8, 3, 2, 1, 1},       {0, 8, 8, 4, 2, 2, 2, 0},
};

TEST(Pool2d, FloatMatchesLoops) {
  for (const Pool2dShape& shape : kShapes) check<float>(shape);
}

TEST(Pool2d, Bfloat16MatchesLoops) {
  for (const Pool2dShape& shape : kShapes) check<Bf16>(shape);
}

// The rule of PyTorch's pooling_output_shape, computed by hand.
TEST(Pool2d, CeilModeDropsWindowsInTheRightPadding) {
  EXPECT_EQ((Pool2dShape{1, 7, 8, 1, 3, 3, 2, 0, true}.q()), 4);  // starts at 0 2 4 6
  EXPECT_EQ((Pool2dShape{1, 7, 8, 1, 3, 3, 2, 0, false}.q()), 3);
  EXPECT_EQ((Pool2dShape{1, 6, 6, 1, 2, 2, 3, 1, true}.p()), 3);  // -1 2 5
  EXPECT_EQ((Pool2dShape{1, 4, 4, 1, 2, 2, 3, 1, true}.p()), 2);  // a third one would start at 5, past the picture
}

TEST(Pool2d, NanWins) {
  Queue q;
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float x[] = {1, nan, 3, 2};
  float y = 0;
  uint8_t index = 9;
  TL_ON_CPU(max_pool2d_forward(q, {1, 2, 2, 1, 2, 2, 2, 0}, x, &y, &index));
  EXPECT_TRUE(std::isnan(y));
  EXPECT_EQ(index, 1);
}

TEST(Pool2d, RejectsInvalidShapes) {
  EXPECT_THROW((Pool2dShape{1, 4, 4, 1, 2, 2, 2, 2}.check()), Error);
  EXPECT_THROW((Pool2dShape{1, 2, 2, 1, 3, 3, 1, 0}.check()), Error);
  EXPECT_THROW((Pool2dShape{1, 1, 1, 1, 3, 3, 2, 0, true}.check()), Error);
  EXPECT_THROW((Pool2dShape{1, 2, 2, 1, 2, 2, 0, 0}.check()), Error);
  EXPECT_THROW((Pool2dShape{1, 20, 20, 1, 17, 17, 1, 0}.check_max()), Error);
  EXPECT_NO_THROW((Pool2dShape{1, 20, 20, 1, 17, 17, 1, 0}.check()));
}

}  // namespace
}  // namespace tagloom::kernels

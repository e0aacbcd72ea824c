// conv2d against plain loops in double precision, written from the equations of conv2d.h.
#include "kernels/cnn/conv2d.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/near.h"
#include "tools/bench/cases/random_array.h"

namespace tagloom::kernels {
namespace {

template <class T>
std::vector<T> values(int64_t n, uint64_t seed) {
  return test::uniform_array<T>(n, seed, -1, 1);
}

std::string describe(const Conv2dShape& s) {
  return format("conv2d n={} h={} w={} c={} k={} r={} s={} stride={} padding={} dilation={} groups={}", s.n, s.h, s.w, s.c, s.k,
                s.r, s.s, s.stride, s.padding, s.dilation, s.groups);
}

// A sum and the sum of its terms' magnitudes, which bounds the rounding error.
struct Sum {
  double value = 0, size = 0;
  void add(double term) {
    value += term;
    size += std::abs(term);
  }
};

struct Reference {
  std::vector<Sum> y, dx, dfilter;
  int64_t p, q;

  template <class T>
  Reference(const Conv2dShape& s, const std::vector<T>& x, const std::vector<T>& filter, const std::vector<T>& dy)
      : y(dy.size()), dx(x.size()), dfilter(filter.size()) {
    p = (s.h + 2 * s.padding - (s.dilation * (s.r - 1) + 1)) / s.stride + 1;
    q = (s.w + 2 * s.padding - (s.dilation * (s.s - 1) + 1)) / s.stride + 1;
    for (int64_t n = 0; n < s.n; ++n)
      for (int64_t ip = 0; ip < p; ++ip)
        for (int64_t iq = 0; iq < q; ++iq)
          for (int64_t k = 0; k < s.k; ++k)
            for (int64_t r = 0; r < s.r; ++r)
              for (int64_t t = 0; t < s.s; ++t) {
                const int64_t h = ip * s.stride - s.padding + r * s.dilation;
                const int64_t w = iq * s.stride - s.padding + t * s.dilation;
                if (h < 0 || h >= s.h || w < 0 || w >= s.w) continue;
                const int64_t channels = s.c / s.groups, group = k / (s.k / s.groups);
                for (int64_t c = 0; c < channels; ++c) {
                  const int64_t at_y = ((n * p + ip) * q + iq) * s.k + k;
                  const int64_t at_x = ((n * s.h + h) * s.w + w) * s.c + group * channels + c;
                  const int64_t at_f = ((k * s.r + r) * s.s + t) * channels + c;
                  y[at_y].add(double(x[at_x]) * double(filter[at_f]));
                  dx[at_x].add(double(dy[at_y]) * double(filter[at_f]));
                  dfilter[at_f].add(double(dy[at_y]) * double(x[at_x]));
                }
              }
  }
};

template <class T>
void expect_near(const std::vector<T>& got, const std::vector<Sum>& want, double tolerance, const char* what) {
  ASSERT_EQ(got.size(), want.size()) << what;
  for (size_t i = 0; i < got.size(); ++i) {
    ASSERT_NEAR(double(got[i]), want[i].value, tolerance * want[i].size + 1e-30) << what << " at " << i;
  }
}

constexpr double kFloat = 3e-6;          // a few roundings of 2^-24, relative to the sum of the terms' magnitudes
constexpr double kBfloat16 = 1.0 / 256;  // one rounding of the result to 8 bits

template <class T>
void check(const Conv2dShape& s, double tolerance) {
  SCOPED_TRACE(describe(s));
  Queue q;
  const int64_t y_size = s.n * s.p() * s.q() * s.k;
  const auto x = values<T>(s.n * s.h * s.w * s.c, 1), filter = values<T>(s.k * s.r * s.s * s.c / s.groups, 2);
  const auto dy = values<T>(y_size, 3), bias = values<T>(s.k, 4), residual = values<T>(y_size, 5);
  const Reference reference(s, x, filter, dy);
  ASSERT_EQ(s.p(), reference.p);
  ASSERT_EQ(s.q(), reference.q);

  for (int form = 0; form < 8; ++form) {
    const bool with_bias = form & 1, with_residual = form & 2, relu = form & 4;
    auto want = reference.y;
    for (size_t i = 0; i < want.size(); ++i) {
      if (with_bias) want[i].add(bias[i % s.k]);
      if (with_residual) want[i].add(residual[i]);
      if (relu) want[i].value = std::max(want[i].value, 0.0);
    }
    std::vector<T> y(y_size, T(99.0f));
    TL_ON_CPU(conv2d_forward(q, s, x.data(), filter.data(), with_bias ? bias.data() : nullptr,
                             with_residual ? residual.data() : nullptr, relu ? Activation::kRelu : Activation::kNone, y.data()));
    expect_near(y, want, tolerance, format("y, form {}", form).c_str());
  }
  for (const Into into : {Into::kOverwrite, Into::kAdd}) {
    auto dx = values<T>(x.size(), 6);
    auto dfilter = values<float>(filter.size(), 7);
    auto want_dx = reference.dx, want_dfilter = reference.dfilter;
    if (into == Into::kAdd) {
      for (size_t i = 0; i < dx.size(); ++i) want_dx[i].add(dx[i]);
      for (size_t i = 0; i < dfilter.size(); ++i) want_dfilter[i].add(dfilter[i]);
    }
    TL_ON_CPU(conv2d_backward_data(q, s, filter.data(), dy.data(), dx.data(), into));
    TL_ON_CPU(conv2d_backward_filter(q, s, x.data(), dy.data(), dfilter.data(), into));
    expect_near(dx, want_dx, tolerance, "dx");
    expect_near(dfilter, want_dfilter, kFloat, "dfilter");
  }
}

const std::vector<Conv2dShape> kShapes = {
    // n  h   w   c   k  r  s  stride padding dilation groups
    {1, 1, 1, 1, 1, 1, 1},
    {2, 7, 5, 16, 24, 1, 1},
    {2, 8, 9, 32, 16, 1, 1, 2},
    {1, 6, 6, 16, 16, 3, 3, 1, 1},
    {2, 9, 7, 16, 8, 3, 3, 2, 1},
    {1, 5, 5, 3, 5, 3, 3, 1, 1},
    {1, 5, 6, 1, 3, 2, 3, 1, 1},
    {2, 23, 21, 3, 16, 7, 7, 2, 3},
    {2, 23, 21, 8, 16, 7, 7, 2, 3},
    {1, 9, 9, 8, 8, 3, 3, 1, 2, 2},
    {1, 4, 4, 2, 3, 4, 4},
    {1, 7, 7, 33, 31, 3, 3, 3, 0},
    {0, 6, 6, 8, 8, 3, 3, 1, 1},
    // 2, 4, 8 and 16 channels per group; one per group; more filters than channels; 1x1
    {2, 6, 5, 4, 4, 3, 3, 1, 1, 1, 2},
    {1, 9, 8, 32, 32, 3, 3, 2, 1, 1, 8},
    {2, 7, 7, 32, 64, 3, 3, 1, 1, 1, 4},
    {1, 6, 6, 64, 64, 3, 3, 1, 1, 1, 4},
    {2, 5, 5, 12, 12, 3, 3, 1, 1, 1, 12},
    {1, 9, 7, 10, 15, 3, 2, 2, 1, 1, 5},
    {1, 9, 9, 16, 32, 3, 3, 1, 2, 2, 2},
    {2, 5, 4, 6, 9, 1, 1, 1, 0, 1, 3},
    {0, 6, 6, 8, 8, 3, 3, 1, 1, 1, 2},
};

TEST(Conv2d, FloatMatchesLoops) {
  for (const Conv2dShape& shape : kShapes) check<float>(shape, kFloat);
}

TEST(Conv2d, Bfloat16MatchesLoops) {
  for (const Conv2dShape& shape : kShapes) check<Bf16>(shape, kBfloat16);
}

TEST(Conv2d, RealLayersMatchLoops) {
  check<float>({1, 14, 14, 64, 64, 3, 3, 1, 1}, kFloat);
  check<float>({1, 14, 14, 256, 64, 1, 1}, kFloat);
  check<float>({1, 14, 14, 128, 128, 3, 3, 1, 1, 1, 32}, kFloat);
}

// A large batch is processed in parts: its results equal those of single pictures, and the filter's gradient is their sum.
TEST(Conv2d, BatchMatchesSinglePictures) {
  Queue q;
  const Conv2dShape all{6, 112, 112, 32, 32, 3, 3, 1, 1};
  Conv2dShape one = all;
  one.n = 1;
  const int64_t picture = all.h * all.w * all.c, filter_size = all.k * all.r * all.s * all.c;
  const auto x = values<float>(6 * picture, 1), dy = values<float>(6 * picture, 2), residual = values<float>(6 * picture, 3);
  const auto filter = values<float>(filter_size, 4), bias = values<float>(all.k, 5), before = values<float>(filter_size, 6);
  std::vector<float> y(x.size()), dx(x), dfilter(before), y_each(y), dx_each(x), dfilter_each(before);
  TL_ON_CPU(conv2d_forward(q, all, x.data(), filter.data(), bias.data(), residual.data(), Activation::kRelu, y.data()));
  TL_ON_CPU(conv2d_backward_data(q, all, filter.data(), dy.data(), dx.data(), Into::kAdd));
  TL_ON_CPU(conv2d_backward_filter(q, all, x.data(), dy.data(), dfilter.data(), Into::kOverwrite));
  for (int64_t i = 0; i < 6 * picture; i += picture) {
    TL_ON_CPU(conv2d_forward(q, one, &x[i], filter.data(), bias.data(), &residual[i], Activation::kRelu, &y_each[i]));
    TL_ON_CPU(conv2d_backward_data(q, one, filter.data(), &dy[i], &dx_each[i], Into::kAdd));
    TL_ON_CPU(conv2d_backward_filter(q, one, &x[i], &dy[i], dfilter_each.data(), i == 0 ? Into::kOverwrite : Into::kAdd));
  }
  EXPECT_TRUE(test::near(describe(all), "batch≠pictures y", y, y_each, {1e-4, 1e-5}));
  EXPECT_TRUE(test::near(describe(all), "batch≠pictures dx", dx, dx_each, {1e-4, 1e-5}));
  EXPECT_TRUE(test::near(describe(all), "batch≠pictures dfilter", dfilter, dfilter_each, {5e-3, 1e-4}));
}

TEST(Conv2d, RejectsInvalidShapes) {
  EXPECT_THROW((Conv2dShape{1, 2, 2, 1, 1, 3, 3}.check()), Error);
  EXPECT_THROW((Conv2dShape{1, 2, 2, 0, 1, 1, 1}.check()), Error);
  EXPECT_THROW((Conv2dShape{1, 2, 2, 1, 1, 1, 1, 0}.check()), Error);
  EXPECT_THROW((Conv2dShape{1, 4, 4, 1, 1, 3, 3, 1, 0, 2}.check()), Error);
  EXPECT_THROW((Conv2dShape{1, 4, 4, 6, 6, 1, 1, 1, 0, 1, 0}.check()), Error);
  EXPECT_THROW((Conv2dShape{1, 4, 4, 6, 8, 1, 1, 1, 0, 1, 4}.check()), Error) << "6 channels in 4 groups";
  EXPECT_THROW((Conv2dShape{1, 4, 4, 8, 6, 1, 1, 1, 0, 1, 4}.check()), Error) << "6 filters in 4 groups";
  EXPECT_NO_THROW((Conv2dShape{0, 2, 2, 1, 1, 3, 3, 1, 1}.check()));
}

TEST(Conv2d, IsDeterministic) {
  Queue q;
  const Conv2dShape s{3, 14, 14, 24, 40, 3, 3, 1, 1};
  const auto x = values<float>(s.n * s.h * s.w * s.c, 1), dy = values<float>(s.n * s.h * s.w * s.k, 2);
  std::vector<float> first(s.k * s.r * s.s * s.c), second = first;
  TL_ON_CPU(conv2d_backward_filter(q, s, x.data(), dy.data(), first.data(), Into::kOverwrite));
  TL_ON_CPU(conv2d_backward_filter(q, s, x.data(), dy.data(), second.data(), Into::kOverwrite));
  EXPECT_EQ(first, second);
}

}  // namespace
}  // namespace tagloom::kernels

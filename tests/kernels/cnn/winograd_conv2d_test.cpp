// Winograd's convolution against the direct one, at sizes that do and do not fill its tiles.
#include "kernels/cnn/winograd_conv2d.h"

#include <gtest/gtest.h>
#include <omp.h>

#include <functional>

#include "tests/support/near.h"
#include "tools/bench/cases/random_array.h"

namespace tagloom::kernels {
namespace {

Conv2dShape shape_of(int64_t n, int64_t h, int64_t w, int64_t c, int64_t k) {
  Conv2dShape shape{n, h, w, c, k, 3, 3};
  shape.padding = 1;
  return shape;
}

struct Layer {
  Conv2dShape shape;
  std::vector<Real> x, filter, bias, residual, prepared;
  explicit Layer(const Conv2dShape& s)
      : shape(s),
        x(test::normal_array(s.n * s.h * s.w * s.c, 1)),
        filter(test::normal_array(s.k * 9 * s.c, 2, 1 / std::sqrt(9.0 * s.c))),
        bias(test::normal_array(s.k, 3)),
        residual(test::normal_array(s.n * s.h * s.w * s.k, 4)),
        prepared(TL_ON_CPU(winograd_filter_size(s))) {
    TL_ON_CPU(winograd_prepare(s, filter.data(), prepared.data()));
  }
  std::vector<Real> direct(bool with_bias, bool with_residual, Activation activation) const {
    Queue queue;
    std::vector<Real> y(residual.size());
    TL_ON_CPU(conv2d_forward(queue, shape, x.data(), filter.data(), with_bias ? bias.data() : nullptr,
                             with_residual ? residual.data() : nullptr, activation, y.data()));
    return y;
  }
  std::vector<Real> winograd(bool with_bias, bool with_residual, Activation activation) const {
    std::vector<Real> y(residual.size(), Real(1e9));
    TL_ON_CPU(winograd_conv2d(shape, x.data(), prepared.data(), with_bias ? bias.data() : nullptr,
                              with_residual ? residual.data() : nullptr, activation, y.data()));
    return y;
  }
};

TEST(WinogradConv2d, MatchesDirectConvolution) {
  for (const Conv2dShape& s :
       {shape_of(1, 1, 1, 32, 32), shape_of(2, 4, 4, 32, 64), shape_of(3, 7, 7, 64, 96), shape_of(2, 14, 14, 128, 64),
        shape_of(1, 5, 18, 32, 160), shape_of(2, 33, 31, 64, 64), shape_of(0, 8, 8, 32, 32)}) {
    const Layer layer(s);
    for (int way = 0; way < 8; ++way) {
      const bool with_bias = way & 1, with_residual = way & 2;
      const Activation activation = way & 4 ? Activation::kRelu : Activation::kNone;
      const std::string name = format("winograd_conv2d[n={} h={} w={} c={} k={} way={}]", s.n, s.h, s.w, s.c, s.k, way);
      EXPECT_TRUE(test::near(name, "winograd≠direct", layer.winograd(with_bias, with_residual, activation),
                             layer.direct(with_bias, with_residual, activation), {1e-4, 1e-4}, {s.n, s.h, s.w, s.k}));
    }
  }
}

TEST(WinogradConv2d, IsDeterministicForAnyThreadCountAndBatch) {
  const Layer layer(shape_of(5, 14, 14, 128, 64));
  const int threads = omp_get_max_threads();
  omp_set_num_threads(1);
  const std::vector<Real> one = layer.winograd(true, true, Activation::kRelu);
  omp_set_num_threads(3);
  const std::vector<Real> three = layer.winograd(true, true, Activation::kRelu);
  omp_set_num_threads(threads);
  EXPECT_EQ(one, three);
  Layer last = layer;  // the last picture alone
  last.shape.n = 1;
  last.x.erase(last.x.begin(), last.x.begin() + 4 * 14 * 14 * 128);
  last.residual.erase(last.residual.begin(), last.residual.begin() + 4 * 14 * 14 * 64);
  EXPECT_EQ(last.winograd(true, true, Activation::kRelu), std::vector<Real>(one.begin() + 4 * 14 * 14 * 64, one.end()));
}

TEST(WinogradConv2d, RejectsOtherShapes) {
  Conv2dShape shape = shape_of(1, 8, 8, 64, 64);
  EXPECT_TRUE(TL_ON_CPU(winograd_takes(shape)));
  EXPECT_TRUE(TL_ON_CPU(winograd_pays(shape)));
  shape.h = shape.w = 4;
  EXPECT_FALSE(TL_ON_CPU(winograd_pays(shape))) << "one tile is too few";
  for (const auto& change : std::vector<std::function<void(Conv2dShape&)>>{
           [](Conv2dShape& s) { s.stride = 2; }, [](Conv2dShape& s) { s.padding = 0; }, [](Conv2dShape& s) { s.r = 1; },
           [](Conv2dShape& s) { s.c = 3; }, [](Conv2dShape& s) { s.k = 40; }, [](Conv2dShape& s) { s.dilation = 2; }}) {
    Conv2dShape other = shape_of(1, 8, 8, 64, 64);
    change(other);
    EXPECT_FALSE(TL_ON_CPU(winograd_takes(other)));
    EXPECT_THROW(TL_ON_CPU(winograd_conv2d(other, nullptr, nullptr, nullptr, nullptr, Activation::kNone, nullptr)), Error);
  }
}

}  // namespace
}  // namespace tagloom::kernels

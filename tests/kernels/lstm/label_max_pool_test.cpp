// Label-wise max pooling on the CPU, against PyTorch and against literal values.
#include "kernels/lstm/label_max_pool.h"

#include <gtest/gtest.h>

#include "tests/support/golden.h"
#include "tests/support/near.h"
#include "tests/support/storage.h"
#include "tools/bench/cases/random_array.h"

namespace tagloom::kernels {
namespace {

TEST(LabelMaxPool, MatchesPyTorch) {
  const test::Golden golden("hot_kernels_golden.txt");
  const std::vector<Real> x = golden.get<Real>("label_max_pool.x"), dy = golden.get<Real>("label_max_pool.dy");
  std::vector<Real> y(10), dx(40, 1);
  std::vector<int32_t> arg(10);
  Queue q;
  TL_ON_CPU(label_max_pool_forward(q, {4, 2, 5}, x.data(), y.data(), arg.data()));
  TL_ON_CPU(label_max_pool_backward(q, {4, 2, 5}, dy.data(), arg.data(), dx.data(), Into::kOverwrite));
  EXPECT_EQ(y, golden.get<Real>("label_max_pool.y"));
  EXPECT_EQ(arg, golden.get<int32_t>("label_max_pool.arg"));
  EXPECT_EQ(dx, golden.get<Real>("label_max_pool.dx"));
}

TEST(LabelMaxPool, FirstOfEqualStepsReceivesTheGradient) {
  const std::vector<Real> x{1, 5, 3, 5, 3, 2}, dy{10, 20};  // three steps, two tags
  std::vector<Real> y(2), dx(6, 1);
  std::vector<int32_t> arg(2);
  Queue q;
  TL_ON_CPU(label_max_pool_forward(q, {3, 1, 2}, x.data(), y.data(), arg.data()));
  TL_ON_CPU(label_max_pool_backward(q, {3, 1, 2}, dy.data(), arg.data(), dx.data(), Into::kAdd));
  EXPECT_EQ(y, (std::vector<Real>{3, 5}));
  EXPECT_EQ(arg, (std::vector<int32_t>{1, 0}));
  EXPECT_EQ(dx, (std::vector<Real>{1, 21, 11, 1, 1, 1}));
}

TEST(LabelMaxPool, Bf16MatchesFloatsWithARoundedGradient) {
  Queue q;
  for (const int64_t v : {1, 31, 33, 1025}) {
    const LabelMaxPoolShape shape{4, 2, v};
    const std::vector<Bf16> x16 = test::integer_array<Bf16>(8 * v, 1, -3, 3);  // with ties
    const std::vector<Real> x = test::widened(x16), dy = test::normal_array(2 * v, 2);
    std::vector<Real> y16(2 * v), y(2 * v);
    std::vector<int32_t> arg16(2 * v), arg(2 * v);
    TL_ON_CPU(label_max_pool_forward(q, shape, x16.data(), y16.data(), arg16.data()));
    TL_ON_CPU(label_max_pool_forward(q, shape, x.data(), y.data(), arg.data()));
    EXPECT_EQ(y16, y);
    EXPECT_EQ(arg16, arg);
    for (const Into into : {Into::kOverwrite, Into::kAdd}) {
      std::vector<Bf16> dx16 = test::normal_array<Bf16>(8 * v, 3);
      std::vector<Real> dx = test::widened(dx16);
      TL_ON_CPU(label_max_pool_backward(q, shape, dy.data(), arg.data(), dx16.data(), into));
      TL_ON_CPU(label_max_pool_backward(q, shape, dy.data(), arg.data(), dx.data(), into));
      EXPECT_EQ(test::widened(dx16), test::rounded(dx));
    }
  }
}

TEST(LabelMaxPool, RejectsZeroSteps) {
  Queue q;
  EXPECT_THROW(TL_ON_CPU(label_max_pool_forward(q, {0, 1, 1}, static_cast<const Real*>(nullptr), nullptr, nullptr)), Error);
}

}  // namespace
}  // namespace tagloom::kernels

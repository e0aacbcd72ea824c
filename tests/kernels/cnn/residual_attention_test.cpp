// residual_attention and normalize_rows on the CPU, against PyTorch.
#include "kernels/cnn/residual_attention.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "kernels/math/normalize_rows.h"
#include "tests/support/golden.h"
#include "tests/support/near.h"

namespace tagloom::kernels {
namespace {

constexpr test::Tolerance kTolerance{2e-6, 5e-6};

ResidualAttentionShape shape_of(std::vector<Real> temperatures) {
  ResidualAttentionShape shape{2, 5, 3, static_cast<int>(temperatures.size())};
  std::copy(temperatures.begin(), temperatures.end(), shape.temperature);
  shape.lambda = Real(0.3);
  return shape;
}

// s = x w^T / |w|, then the attention; then the gradients of x and w by an explicit chain rule.
TEST(ResidualAttention, MatchesPyTorch) {
  const test::Golden golden("classifier_golden.txt");
  const std::vector<Real> x = golden.get<Real>("csra.map"), w = golden.get<Real>("csra.weight"), dy = golden.get<Real>("csra.dy");
  Queue q;
  std::vector<Real> unit(12), norm(3), s(30);
  TL_ON_CPU(normalize_rows_forward(q, 3, 4, w.data(), unit.data(), norm.data()));
  for (int i = 0; i < 30; ++i) {
    for (int c = 0; c < 4; ++c) s[i] += x[i / 3 * 4 + c] * unit[i % 3 * 4 + c];
  }
  const std::pair<std::string, std::vector<Real>> heads[] = {
      {"1", {1}}, {"2", {1, 99}}, {"4", {1, 2, 4, 99}}, {"6", {1, 2, 3, 4, 5, 99}}, {"8", {1, 2, 3, 4, 5, 6, 7, 99}}};
  for (const auto& [name, temperatures] : heads) {
    const ResidualAttentionShape shape = shape_of(temperatures);
    std::vector<Real> y(6), ds(30), dx(40), dunit(12), dw(12);
    TL_ON_CPU(residual_attention_forward(q, shape, s.data(), y.data()));
    TL_ON_CPU(residual_attention_backward(q, shape, s.data(), dy.data(), ds.data(), Into::kOverwrite));
    for (int i = 0; i < 30; ++i) {
      for (int c = 0; c < 4; ++c) {
        dx[i / 3 * 4 + c] += ds[i] * unit[i % 3 * 4 + c];
        dunit[i % 3 * 4 + c] += ds[i] * x[i / 3 * 4 + c];
      }
    }
    TL_ON_CPU(normalize_rows_backward(q, 3, 4, unit.data(), norm.data(), dunit.data(), dw.data(), Into::kOverwrite));
    const std::string prefix = "csra." + name + ".";
    EXPECT_TRUE(test::near(prefix + "logits", "cpu≠pytorch", y, golden.get<double>(prefix + "logits"), kTolerance));
    EXPECT_TRUE(test::near(prefix + "dmap", "cpu≠pytorch", dx, golden.get<double>(prefix + "dmap"), kTolerance));
    EXPECT_TRUE(test::near(prefix + "dweight", "cpu≠pytorch", dw, golden.get<double>(prefix + "dweight"), kTolerance));
  }
}

TEST(ResidualAttention, IsTheMeanWithoutLambda) {
  Queue q;
  ResidualAttentionShape shape = shape_of({99});
  shape.lambda = 0;
  std::vector<Real> s(30), y(6);
  for (int i = 0; i < 30; ++i) s[i] = static_cast<Real>(i);
  TL_ON_CPU(residual_attention_forward(q, shape, s.data(), y.data()));
  for (int i = 0; i < 6; ++i) EXPECT_FLOAT_EQ(y[i], static_cast<Real>(i / 3 * 15 + 6 + i % 3));
}

TEST(NormalizeRows, KeepsZeroRows) {
  Queue q;
  std::vector<Real> x{3, 4, 0, 0}, norm(2), dx(4, 7);
  TL_ON_CPU(normalize_rows_forward(q, 2, 2, x.data(), x.data(), norm.data()));
  EXPECT_EQ(x, (std::vector<Real>{Real(0.6), Real(0.8), 0, 0}));
  EXPECT_EQ(norm, (std::vector<Real>{5, 0}));
  const std::vector<Real> dy{1, 1, 1, 1};
  TL_ON_CPU(normalize_rows_backward(q, 2, 2, x.data(), norm.data(), dy.data(), dx.data(), Into::kOverwrite));
  EXPECT_EQ(dx[2], 0);
  EXPECT_EQ(dx[3], 0);
}

}  // namespace
}  // namespace tagloom::kernels

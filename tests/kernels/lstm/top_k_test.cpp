// Top-k on the CPU, against PyTorch and against literal values.
#include "kernels/lstm/top_k.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/golden.h"

namespace tagloom::kernels {
namespace {

struct Best {
  std::vector<int32_t> index;
  std::vector<Real> value;
};

Best best(const std::vector<Real>& x, int64_t k, const std::vector<uint8_t>& excluded = {}) {
  Best result{std::vector<int32_t>(k), std::vector<Real>(k)};
  Queue q;
  TL_ON_CPU(top_k(q, {1, static_cast<int64_t>(x.size()), k}, x.data(), excluded.empty() ? nullptr : excluded.data(),
                  result.index.data(), result.value.data()));
  return result;
}

TEST(TopK, MatchesPyTorch) {
  const test::Golden golden("hot_kernels_golden.txt");
  const std::vector<Real> x = golden.get<Real>("top_k.x");
  std::vector<int32_t> index(12);
  std::vector<Real> value(12);
  Queue q;
  TL_ON_CPU(top_k(q, {3, 9, 4}, x.data(), nullptr, index.data(), value.data()));
  EXPECT_EQ(index, golden.get<int32_t>("top_k.index"));
  EXPECT_EQ(value, golden.get<Real>("top_k.value"));
}

TEST(TopK, EqualValuesAreOrderedByColumn) {
  EXPECT_EQ(best({2, 3, 2, 3, 2}, 4).index, (std::vector<int32_t>{1, 3, 0, 2}));
  EXPECT_EQ(best({Real(-0.0), 0, Real(-0.0)}, 3).index, (std::vector<int32_t>{0, 1, 2}));
}

TEST(TopK, SkipsExcludedColumns) {
  EXPECT_EQ(best({5, 4, 3}, 1, {1, 0, 0}).index, (std::vector<int32_t>{1}));
  EXPECT_EQ(best({5, 4, -INFINITY}, 3, {1, 0, 0}).index, (std::vector<int32_t>{1, 2, -1}));
}

TEST(TopK, SkipsNan) {
  const Best result = best({NAN, -INFINITY, 1, INFINITY}, 4);
  EXPECT_EQ(result.index, (std::vector<int32_t>{3, 2, 1, -1}));
  EXPECT_EQ(result.value, (std::vector<Real>{INFINITY, 1, -INFINITY, -INFINITY}));
}

}  // namespace
}  // namespace tagloom::kernels

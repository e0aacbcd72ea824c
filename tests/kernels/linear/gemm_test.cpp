// gemm against plain loops in double precision.
#include "kernels/linear/gemm.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tools/bench/cases/random_array.h"

namespace tagloom::kernels {
namespace {

template <class T>
std::vector<T> values(int64_t n, uint64_t seed) {
  return test::uniform_array<T>(n, seed, -1, 1);
}

// The definition of gemm, sum by sum. `size` is the sum of the terms' magnitudes, which bounds the rounding error.
template <class In, class Out>
void expect_product(const GemmShape& g, const std::vector<In>& a, const std::vector<In>& b, const Out* bias,
                    const std::vector<Out>& before, const std::vector<Out>& c, Into into, double tolerance) {
  for (int64_t i = 0; i < g.m; ++i) {
    for (int64_t j = 0; j < g.n; ++j) {
      double sum = bias ? double(bias[j]) : 0.0, size = std::abs(sum);
      if (into == Into::kAdd) sum += double(before[i * g.n + j]);
      size += into == Into::kAdd ? std::abs(double(before[i * g.n + j])) : 0.0;
      for (int64_t l = 0; l < g.k; ++l) {
        const double term =
            double(a[g.transpose_a ? l * g.m + i : i * g.k + l]) * double(b[g.transpose_b ? j * g.k + l : l * g.n + j]);
        sum += term;
        size += std::abs(term);
      }
      ASSERT_NEAR(double(c[i * g.n + j]), sum, tolerance * size + 1e-30) << "at [" << i << ", " << j << "]";
    }
  }
}

template <class In, class Out>
void check_all_forms(int64_t m, int64_t n, int64_t k, double tolerance) {
  Queue q;
  for (int form = 0; form < 16; ++form) {
    const GemmShape g{m, n, k, (form & 1) != 0, (form & 2) != 0};
    const Into into = (form & 4) ? Into::kAdd : Into::kOverwrite;
    SCOPED_TRACE(format("gemm m={} n={} k={} transpose_a={} transpose_b={} into={} bias={}", m, n, k, g.transpose_a,
                        g.transpose_b, int(into), (form & 8) != 0));
    const auto a = values<In>(m * k, 1), b = values<In>(k * n, 2);
    const auto bias = values<Out>(n, 3), before = values<Out>(m * n, 4);
    auto c = before;
    const Out* used_bias = (form & 8) ? bias.data() : nullptr;
    TL_ON_CPU(gemm(q, g, a.data(), b.data(), used_bias, c.data(), into));
    expect_product(g, a, b, used_bias, before, c, into, tolerance);
  }
}

constexpr double kFloat = 2e-6;          // a few roundings of 2^-24, relative to the sum of the terms' magnitudes
constexpr double kBfloat16 = 1.0 / 256;  // one rounding of the result to 8 bits

TEST(Gemm, FloatMatchesLoops) {
  for (const auto& [m, n, k] : std::vector<std::array<int64_t, 3>>{
           {1, 1, 1}, {1, 31, 33}, {31, 1, 7}, {5, 32, 1}, {17, 33, 65}, {64, 48, 129}, {1, 1025, 300}, {3, 7, 1025}}) {
    check_all_forms<float, float>(m, n, k, kFloat);
  }
}

TEST(Gemm, Bfloat16MatchesLoops) {
  for (const auto& [m, n, k] : std::vector<std::array<int64_t, 3>>{{1, 1, 1}, {1, 33, 31}, {17, 33, 65}, {32, 64, 128}}) {
    check_all_forms<Bf16, Bf16>(m, n, k, kBfloat16);
    check_all_forms<Bf16, float>(m, n, k, kFloat);
  }
}

TEST(Gemm, EmptySumIsTheBiasOrZero) { check_all_forms<float, float>(3, 5, 0, kFloat); }

TEST(Gemm, EmptyResultIsUntouched) {
  Queue q;
  float untouched = 7.0f;
  TL_ON_CPU(gemm(q, {0, 1, 4}, &untouched, &untouched, nullptr, &untouched, Into::kOverwrite));
  TL_ON_CPU(gemm(q, {1, 0, 4}, &untouched, &untouched, nullptr, &untouched, Into::kOverwrite));
  EXPECT_EQ(untouched, 7.0f);
}

TEST(Gemm, RejectsNegativeSizes) {
  Queue q;
  float x = 0;
  EXPECT_THROW(TL_ON_CPU(gemm(q, {1, -1, 1}, &x, &x, nullptr, &x, Into::kOverwrite)), Error);
}

// A bf16 result is the float sum, rounded once to nearest even.
TEST(Gemm, Bfloat16RoundsOnce) {
  Queue q;
  const Bf16 a[] = {1.0f, 0.00390625f}, b[] = {1.0f, 1.0f};  // 1 + 2^-8 lies halfway between bf16 neighbours
  Bf16 c = 0.0f;
  TL_ON_CPU(gemm(q, {1, 1, 2}, a, b, nullptr, &c, Into::kOverwrite));
  EXPECT_EQ(float(c), 1.0f);
  c = 0.00390625f;  // the two halves are added before rounding
  TL_ON_CPU(gemm(q, {1, 1, 2}, a, b, nullptr, &c, Into::kAdd));
  EXPECT_EQ(float(c), 1.0078125f);
}

TEST(Gemm, IsDeterministic) {
  Queue q;
  const auto a = values<float>(37 * 515, 5), b = values<float>(515 * 129, 6);
  std::vector<float> first(37 * 129), second(37 * 129);
  TL_ON_CPU(gemm(q, {37, 129, 515}, a.data(), b.data(), nullptr, first.data(), Into::kOverwrite));
  TL_ON_CPU(gemm(q, {37, 129, 515}, a.data(), b.data(), nullptr, second.data(), Into::kOverwrite));
  EXPECT_EQ(first, second);
}

}  // namespace
}  // namespace tagloom::kernels

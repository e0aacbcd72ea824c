// Compares the machines of all tags, fitted at once, with LIBLINEAR, which fits one after another.
#include <gtest/gtest.h>
#include <linear.h>
#include <omp.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "models/linear/linear_svm.h"
#include "models/linear/rank_svm.h"
#include "tests/support/near.h"

namespace tagloom {
namespace {

constexpr int64_t kR = 150, kColumns = 40, kV = 7;
constexpr int64_t kCarrying[kV] = {75, 40, 30, 8, 2, 1, 149};  // pictures of each tag: many, few, one, all but one

struct Pictures {
  std::vector<Real> x;  // [R,columns]: lengths and a common direction like a CNN's features, the last column ones
  TagLists tags;
};

Pictures drawn() {
  Pictures p{.x = {}, .tags = TagLists(kR)};
  std::mt19937_64 rng(7);
  const auto uniform = [&] { return static_cast<double>(rng() >> 11) * 0x1p-53; };
  for (int64_t i = 0; i < kR; ++i) {
    std::vector<double> row;
    double square = 0;
    for (int64_t d = 0; d + 1 < kColumns; ++d) {
      row.push_back(std::pow(uniform(), 3) * (d % 5 + 1));
      square += row.back() * row.back();
    }
    for (double value : row) p.x.push_back(static_cast<Real>(value / std::sqrt(square)));
    p.x.push_back(1);
  }
  for (int32_t tag = 0; tag < kV; ++tag) {  // the pictures that go farthest along two of the columns, roughly
    std::vector<std::pair<double, int64_t>> order;
    for (int64_t i = 0; i < kR; ++i) order.emplace_back(-p.x[i * kColumns + tag] - p.x[i * kColumns + 9] - 0.2 * uniform(), i);
    std::sort(order.begin(), order.end());
    for (int64_t i = 0; i < kCarrying[tag]; ++i) p.tags[order[i].second].push_back(tag);
  }
  return p;
}

double y_of(const Pictures& p, int64_t i, int32_t tag) {
  return std::find(p.tags[i].begin(), p.tags[i].end(), tag) == p.tags[i].end() ? -1 : 1;
}

// The objective of linear_svm.h for one tag.
double objective(const Pictures& p, int32_t tag, double c, const double* w) {
  double sum = 0;
  for (int64_t d = 0; d < kColumns; ++d) sum += 0.5 * w[d] * w[d];
  for (int64_t i = 0; i < kR; ++i) {
    double s = 0;
    for (int64_t d = 0; d < kColumns; ++d) s += w[d] * p.x[i * kColumns + d];
    sum += c * std::pow(std::max(0.0, 1 - y_of(p, i, tag) * s), 2);
  }
  return sum;
}

double gradient_norm(const Pictures& p, int32_t tag, double c, const std::vector<double>& w) {
  std::vector<double> g = w;
  for (int64_t i = 0; i < kR; ++i) {
    double s = 0;
    for (int64_t d = 0; d < kColumns; ++d) s += w[d] * p.x[i * kColumns + d];
    const double y = y_of(p, i, tag), short_of = std::max(0.0, 1 - y * s);
    for (int64_t d = 0; d < kColumns; ++d) g[d] -= 2 * c * y * short_of * p.x[i * kColumns + d];
  }
  return std::sqrt(std::inner_product(g.begin(), g.end(), g.begin(), 0.0));
}

std::vector<double> liblinear(const Pictures& p, int32_t tag, double c) {
  std::vector<feature_node> nodes;
  std::vector<feature_node*> rows;
  std::vector<double> y;
  for (int64_t i = 0; i < kR; ++i) {
    for (int64_t d = 0; d < kColumns; ++d) nodes.push_back({static_cast<int>(d + 1), double{p.x[i * kColumns + d]}});
    nodes.push_back({-1, 0});
    y.push_back(y_of(p, i, tag));
  }
  for (int64_t i = 0; i < kR; ++i) rows.push_back(nodes.data() + i * (kColumns + 1));
  problem data{};
  data.l = kR;
  data.n = kColumns;
  data.y = y.data();
  data.x = rows.data();
  data.bias = -1;  // the column of ones is already in x
  parameter how{};
  how.solver_type = L2R_L2LOSS_SVC;
  how.eps = 1e-9;
  how.C = c;
  set_print_string_function([](const char*) {});
  model* found = train(&data, &how);
  std::vector<double> w(found->w, found->w + kColumns);
  for (double& value : w) value *= found->label[0];
  free_and_destroy_model(&found);
  return w;
}

TEST(HingeNewton, MatchesLiblinear) {
  const Pictures p = drawn();
  const HingeNewton newton(p.x, kColumns, kV);
  std::vector<Real> last;
  for (double c : {0.001, 0.1, 1.0, 10.0, 100.0}) {
    const std::vector<Real> cold = fit_linear_svm(newton, p.tags, kV, c, {}, 1e-6);
    const std::vector<Real> warm = fit_linear_svm(newton, p.tags, kV, c, last, 1e-6),
                            usual = fit_linear_svm(newton, p.tags, kV, c);
    for (int32_t tag = 0; tag < kV; ++tag) {
      const std::vector<double> expected = liblinear(p, tag, c);
      const double least = objective(p, tag, c, expected.data());
      double largest = 0;
      for (double value : expected) largest = std::max(largest, std::abs(value));
      const auto of_tag = [&](const std::vector<Real>& found) {
        return std::vector<double>(found.begin() + tag * kColumns, found.begin() + (tag + 1) * kColumns);
      };
      for (const std::vector<Real>* found : {&cold, &warm}) {
        EXPECT_NEAR(objective(p, tag, c, of_tag(*found).data()), least, 1e-6 * least) << "tag " << tag << ", C " << c;
        EXPECT_TRUE(test::near(format("tag {}, C {}", tag, c), "ours≠LIBLINEAR", of_tag(*found), expected, {5e-4 * largest, 0}));
      }
      const double few = static_cast<double>(std::min(kCarrying[tag], kR - kCarrying[tag]));
      EXPECT_LE(gradient_norm(p, tag, c, of_tag(usual)),
                1.01e-3 * few / kR * gradient_norm(p, tag, c, std::vector<double>(kColumns, 0)));
    }
    last = cold;
  }
}

TEST(HingeNewton, IsIndependentOfOtherTagsAndThreadCount) {
  const Pictures p = drawn();
  Pictures two = p;
  for (std::vector<int32_t>& tags : two.tags) std::erase_if(tags, [](int32_t tag) { return tag > 1; });
  const std::vector<Real> all = fit_linear_svm(HingeNewton(p.x, kColumns, kV), p.tags, kV, 1);
  const std::vector<Real> first = fit_linear_svm(HingeNewton(p.x, kColumns, 2), two.tags, 2, 1);
  EXPECT_TRUE(
      test::near("two tags", "alone≠together", first, std::vector<Real>(all.begin(), all.begin() + 2 * kColumns), {1e-4, 0}));
  const int threads = omp_get_max_threads();
  const auto ranked = [&](int count) {
    omp_set_num_threads(count);
    return fit_rank_svm(HingeNewton(p.x, kColumns, kV), p.tags, kV, PreferredPairs::kAll, 1);
  };
  const std::vector<Real> one = ranked(1), three = ranked(3);
  omp_set_num_threads(3);
  EXPECT_EQ(fit_linear_svm(HingeNewton(p.x, kColumns, kV), p.tags, kV, 1), all);
  omp_set_num_threads(threads);
  EXPECT_EQ(one, three);
}

}  // namespace
}  // namespace tagloom

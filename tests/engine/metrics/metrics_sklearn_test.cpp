// 10,000 random cases against scikit-learn (tests/golden/metrics_sklearn_golden.py), which says where definitions differ.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "engine/io/safetensors.h"
#include "engine/metrics/metrics.h"
#include "tests/support/golden.h"
#include "tests/support/seeded_values.h"

namespace tagloom {
namespace {

// Draws of metrics_sklearn_golden.py: integers from numbers that are multiples of 2^-24.
class Draws {
 public:
  explicit Draws(int64_t number) : numbers_(test::seeded_uniform("metrics." + std::to_string(number), 512)) {}
  int64_t take() { return static_cast<int64_t>(numbers_.at(used_++) * 16777216.0f); }
  int64_t below(int64_t n) { return take() * n >> 24; }
  TagList order(int64_t count) {
    std::vector<int64_t> keys(static_cast<size_t>(count));
    for (int64_t& key : keys) key = take();
    TagList list(keys.size());
    std::iota(list.begin(), list.end(), 0);
    std::ranges::stable_sort(list, {}, [&](int32_t i) { return keys[static_cast<size_t>(i)]; });
    return list;
  }

 private:
  std::vector<float> numbers_;
  size_t used_ = 0;
};

struct Case {
  int64_t tags, k;
  std::vector<float> scores;
  std::vector<TagList> truth, ranking;
  MetricOptions options;
  MetricInput input() const { return {.tag_count = tags, .scores = scores, .ranking = ranking, .truth = truth}; }
};

Case draw(int64_t number) {
  Draws random(number);
  Case c;
  const int64_t pictures = 1 + random.below(6);
  c.tags = 1 + random.below(8);
  const int64_t levels = std::array<int64_t, 4>{1, 3, 10, 1 << 24}[static_cast<size_t>(random.below(4))];
  for (int64_t i = 0; i < pictures * c.tags; ++i) {
    c.scores.push_back(static_cast<float>(random.below(levels)) / static_cast<float>(levels));
  }
  c.options = {.selection = Selection::kThreshold,
               .threshold = static_cast<double>(random.below(5)) / 4,
               .labels = CountedLabels::kAll,
               .ties = Ties::kGrouped,
               .order = TruthOrder::kOrdered};
  c.options.zero_division = random.below(2) ? ZeroDivision::kOne : ZeroDivision::kZero;
  c.k = 1 + random.below(10);
  c.options.relevance = std::array<Relevance, 5>{Relevance::kLinear, Relevance::kBinary, Relevance::kReciprocal,
                                                 Relevance::kLogarithmic, Relevance::kInteger}[random.below(5)];
  const bool ranked = random.below(2) != 0;
  for (int64_t i = 0; i < pictures; ++i) {
    const int64_t some = random.below(c.tags + 1), kind = random.below(4);
    const int64_t count = std::array<int64_t, 4>{0, 1, some, c.tags}[static_cast<size_t>(kind)];
    TagList list = random.order(c.tags);
    list.resize(static_cast<size_t>(count));
    c.truth.push_back(std::move(list));
  }
  for (int64_t i = 0; i < pictures && ranked; ++i) c.ranking.push_back(random.order(c.tags));
  return c;
}

TEST(MetricsSklearn, TenThousandCasesMatch) {
  const Safetensors file = Safetensors::open(test::golden_file("metrics_sklearn.safetensors"));
  const std::vector<float> values = file.to_floats(file.require("values"));
  const std::vector<std::string> names = {"p_label",  "r_label",   "f1_label_mean", "p_image", "r_image",
                                          "f1_micro", "map_label", "map_image",     "ndcg@",   "precision@"};
  ASSERT_EQ(values.size(), 10'000 * names.size());
  std::vector<int> compared(names.size(), 0);
  for (int64_t number = 0; number < 10'000; ++number) {
    const Case c = draw(number);
    const MetricReport report = measure(c.input(), c.options);
    for (size_t m = 0; m < names.size(); ++m) {
      const float expected = values[static_cast<size_t>(number) * names.size() + m];
      if (expected < 0) continue;
      const std::string name = names[m].back() == '@' ? names[m] + std::to_string(c.k) : names[m];
      ASSERT_NE(report.find(name), nullptr) << name << " of case " << number;
      ASSERT_NEAR(*report.find(name), expected, 1e-6) << name << " of case " << number;  // float32 in the file
      ++compared[m];
    }
  }
  for (size_t m = 0; m < names.size(); ++m) EXPECT_GT(compared[m], 4000) << names[m];
}

}  // namespace
}  // namespace tagloom

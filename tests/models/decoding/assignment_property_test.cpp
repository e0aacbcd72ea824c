// Assignments and alignments of 10,000 random cases against all permutations.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "models/decoding/assignment.h"
#include "models/decoding/label_alignment.h"

namespace tagloom {
namespace {

class Random {
 public:
  explicit Random(uint32_t seed) : engine_(seed) {}
  int64_t below(int64_t n) { return static_cast<int64_t>(engine_() % static_cast<uint64_t>(n)); }
  std::vector<int64_t> order(int64_t count) {
    std::vector<int64_t> list(static_cast<size_t>(count));
    std::iota(list.begin(), list.end(), 0);
    std::shuffle(list.begin(), list.end(), engine_);
    return list;
  }

 private:
  std::mt19937 engine_;
};

TEST(AssignmentProperty, NoChoiceOfDistinctColumnsIsCheaper) {
  for (uint32_t seed = 0; seed < 10'000; ++seed) {
    Random random(seed);
    const int64_t rows = random.below(5), columns = std::max<int64_t>(rows, random.below(6));
    const int64_t range = random.below(2) ? 3 : 1'000'000;  // a small one makes ties
    std::vector<double> cost(rows * columns);
    for (double& value : cost) value = static_cast<double>(random.below(2 * range) - range);  // integers: exact sums
    const auto total = [&](const std::vector<int64_t>& column) {
      double sum = 0;
      for (int64_t row = 0; row < rows; ++row) sum += cost[row * columns + column[row]];
      return sum;
    };
    std::vector<int64_t> found = cheapest_assignment(cost, rows, columns), order(columns);
    ASSERT_EQ(static_cast<int64_t>(found.size()), rows) << seed;
    std::iota(order.begin(), order.end(), 0);
    double least = total(order);
    do {
      least = std::min(least, total(order));
    } while (std::ranges::next_permutation(order).found);
    ASSERT_EQ(total(found), least) << seed;
    std::ranges::sort(found);
    ASSERT_TRUE(std::ranges::adjacent_find(found) == found.end()) << "a column twice, seed " << seed;
  }
}

TEST(AssignmentProperty, AlignmentsAreTheLikeliestThatKeepTheWinners) {
  for (uint32_t seed = 0; seed < 10'000; ++seed) {
    Random random(seed);
    const int64_t classes = 2 + random.below(6), count = random.below(std::min<int64_t>(5, classes));  // END is no tag
    const int64_t steps = count + random.below(3), levels = random.below(2) ? 4 : 1 << 20;
    std::vector<float> p(steps * classes);
    for (float& value : p) value = static_cast<float>(1 + random.below(levels)) / static_cast<float>(levels);
    std::vector<int32_t> tags;
    for (const int64_t tag : random.order(classes - 1)) {
      if (static_cast<int64_t>(tags.size()) < count) tags.push_back(static_cast<int32_t>(tag));
    }
    const auto log_likelihood = [&](const std::vector<int32_t>& order) {
      double sum = 0;
      for (size_t t = 0; t < order.size(); ++t) sum += std::log(p[t * classes + order[t]]);
      return sum;
    };
    std::vector<int32_t> kept(count, -1);  // by step: PLA's targets that are winners
    for (int64_t t = 0; t < count; ++t) {
      const float* row = p.data() + t * classes;
      int32_t winner = 0;
      for (int32_t c = 1; c < classes; ++c) {
        if (row[c] > row[winner]) winner = c;
      }
      if (std::ranges::count(tags, winner) && !std::ranges::count(kept, winner)) kept[t] = winner;
    }
    for (const Alignment alignment : {Alignment::kMla, Alignment::kPla}) {
      std::vector<int32_t> order = tags;
      std::ranges::sort(order);
      double best = -INFINITY;
      do {
        bool allowed = true;
        for (int64_t t = 0; t < count; ++t) allowed &= alignment == Alignment::kMla || kept[t] < 0 || kept[t] == order[t];
        if (allowed) best = std::max(best, log_likelihood(order));
      } while (std::ranges::next_permutation(order).found);
      const std::vector<int32_t> found = align_tags(alignment, p, classes, tags);
      ASSERT_TRUE(std::ranges::is_permutation(found, tags)) << seed;
      ASSERT_NEAR(log_likelihood(found), best, 1e-9) << seed;
      for (int64_t t = 0; t < count && alignment == Alignment::kPla; ++t) {
        ASSERT_TRUE(kept[t] < 0 || kept[t] == found[t]) << "step " << t << ", seed " << seed;
      }
    }
  }
}

}  // namespace
}  // namespace tagloom

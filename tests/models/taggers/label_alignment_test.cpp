// Compares the assignment with brute force, and both alignments with small cases worked out from the paper.
#include "models/decoding/label_alignment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "models/decoding/assignment.h"
#include "tests/support/thrown_message.h"
#include "tools/bench/cases/random_array.h"

namespace tagloom {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

double cost_of(const std::vector<double>& cost, int64_t columns, const std::vector<int64_t>& column_of) {
  double sum = 0;
  for (size_t r = 0; r < column_of.size(); ++r) sum += cost[r * columns + column_of[r]];
  return sum;
}

// The least cost over all assignments of rows to distinct columns.
double least_by_brute_force(const std::vector<double>& cost, int64_t rows, int64_t columns) {
  std::vector<int64_t> column(columns);
  std::iota(column.begin(), column.end(), 0);
  double least = INFINITY;
  do {
    least = std::min(least, cost_of(cost, columns, {column.begin(), column.begin() + rows}));
  } while (std::next_permutation(column.begin(), column.end()));
  return least;
}

TEST(Assignment, MatchesBruteForce) {
  for (int64_t rows = 0; rows <= 6; ++rows) {
    for (int64_t columns = rows; columns <= 6; ++columns) {
      for (uint64_t seed = 1; seed <= 20; ++seed) {
        // Every second time integers, for which many assignments cost the same.
        std::vector<double> cost = seed % 2 ? test::normal_array<double>(rows * columns, seed) : std::vector<double>();
        if (seed % 2 == 0) cost = test::integer_array<double>(rows * columns, seed, -2, 2);
        const std::vector<int64_t> column_of = cheapest_assignment(cost, rows, columns);
        ASSERT_EQ(static_cast<int64_t>(column_of.size()), rows);
        std::vector<int64_t> sorted = column_of;
        std::sort(sorted.begin(), sorted.end());
        ASSERT_EQ(std::adjacent_find(sorted.begin(), sorted.end()), sorted.end()) << "a column is used twice";
        if (rows > 0) {
          ASSERT_NEAR(cost_of(cost, columns, column_of), least_by_brute_force(cost, rows, columns), 1e-9)
              << rows << " x " << columns << " seed " << seed;
        }
      }
    }
  }
}

TEST(Assignment, FindsAHiddenPermutationOfEighteen) {
  constexpr int64_t kSize = 18;
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    // cost = u[r] + v[c] + a positive term, which is 0 on a hidden permutation: that one is the cheapest.
    const std::vector<double> u = test::normal_array<double>(kSize, seed), v = test::normal_array<double>(kSize, seed + 100);
    std::vector<double> cost = test::uniform_array<double>(kSize * kSize, seed, 0.01, 1);
    std::vector<int64_t> hidden(kSize);
    for (int64_t r = 0; r < kSize; ++r) hidden[r] = (5 * r + static_cast<int64_t>(seed)) % kSize;
    for (int64_t r = 0; r < kSize; ++r) {
      cost[r * kSize + hidden[r]] = 0;
      for (int64_t c = 0; c < kSize; ++c) cost[r * kSize + c] += u[r] + v[c];
    }
    EXPECT_EQ(cheapest_assignment(cost, kSize, kSize), hidden);
  }
}

TEST(Assignment, RejectsFewerColumnsThanRows) {
  EXPECT_THAT(test::usage_error([] { cheapest_assignment(std::vector<double>(6), 3, 2); }), HasSubstr("3 rows of 2 columns"));
}

// Three steps over four tags and END. The winners are 2, 0, 2.
const std::vector<float> kSteps{0.25f, 0.10f, 0.40f, 0.20f, 0.05f,  //
                                0.50f, 0.25f, 0.10f, 0.10f, 0.05f,  //
                                0.10f, 0.05f, 0.45f, 0.30f, 0.10f};

TEST(LabelAlignment, MlaMinimisesTheLossRegardlessOfWinners) {
  // Of the six orders of 0, 1 and 3 the likeliest has .25 (0) .25 (1) .3 (3).
  const std::vector<int32_t> tags{0, 1, 3};
  EXPECT_THAT(align_tags(Alignment::kMla, kSteps, 5, tags), ElementsAre(0, 1, 3));
}

TEST(LabelAlignment, PlaKeepsWinnersAtTheirSteps) {
  // 0 won at step 2 and stays there; 1 and 3 share steps 1 and 3: .1 x .3 against .2 x .05.
  const std::vector<int32_t> tags{0, 1, 3};
  EXPECT_THAT(align_tags(Alignment::kPla, kSteps, 5, tags), ElementsAre(1, 0, 3));
}

TEST(LabelAlignment, PlaKeepsARepeatedWinnerAtItsFirstStep) {
  const std::vector<int32_t> tags{3, 2, 0};
  EXPECT_THAT(align_tags(Alignment::kPla, kSteps, 5, tags), ElementsAre(2, 0, 3));
}

TEST(LabelAlignment, UsesAsManyStepsAsTags) {
  const std::vector<int32_t> one{3};
  EXPECT_THAT(align_tags(Alignment::kMla, kSteps, 5, one), ElementsAre(3));
  EXPECT_THAT(align_tags(Alignment::kPla, kSteps, 5, {}), ElementsAre());
  const std::vector<int32_t> four{0, 1, 2, 3};
  EXPECT_THAT(test::usage_error([&] { align_tags(Alignment::kMla, kSteps, 5, four); }), HasSubstr("a step for every tag"));
}

TEST(LabelAlignment, MlaMatchesBruteForce) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    constexpr int64_t kClasses = 9, kTags = 5;
    std::vector<float> p = test::uniform_array<float>(kTags * kClasses, seed, 0.01, 1);
    std::vector<int32_t> tags{7, 0, 3, 5, 2}, sorted = tags;
    const auto loss = [&](const std::vector<int32_t>& order) {
      double sum = 0;
      for (int64_t t = 0; t < kTags; ++t) sum -= std::log(static_cast<double>(p[t * kClasses + order[t]]));
      return sum;
    };
    std::sort(sorted.begin(), sorted.end());
    double least = INFINITY;
    std::vector<int32_t> order = sorted;
    do {
      least = std::min(least, loss(order));
    } while (std::next_permutation(order.begin(), order.end()));
    const std::vector<int32_t> mla = align_tags(Alignment::kMla, p, kClasses, tags),
                               pla = align_tags(Alignment::kPla, p, kClasses, tags);
    EXPECT_NEAR(loss(mla), least, 1e-9);
    EXPECT_GE(loss(pla), least - 1e-9);
    for (std::vector<int32_t> asked : {mla, pla}) {
      std::sort(asked.begin(), asked.end());
      EXPECT_EQ(asked, sorted);
    }
  }
}

}  // namespace
}  // namespace tagloom

// Iterative stratification, on an example worked by hand and against the package iterative-stratification.
#include "tools/split/stratify.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "engine/io/hash.h"
#include "tests/support/golden.h"
#include "tests/support/seeded_values.h"

namespace tagloom {
namespace {

std::vector<int32_t> stratified(std::vector<StratifyItem> items, const std::vector<double>& shares, int64_t tags) {
  stratify(items, shares, tags);
  std::vector<int32_t> parts;
  for (const StratifyItem& item : items) parts.push_back(item.part);
  return parts;
}

TEST(Stratify, FollowsThePaperOnAnExampleWorkedByHand) {
  // Tag 0 has two items, tag 1 four. Each part wants one of tag 0, two of tag 1 and 2.5 pictures.
  // Tag 0 is rarer: item 0 goes to a random part p, item 1 to the other part q. Tag 1: q lacks two, p one: item 2 goes to q. Both lack
  // one, and p lacks 1.5 pictures, q 0.5: item 3 goes to p. q lacks one, p none: item 4 goes to q.
  const std::vector<int32_t> part =
      stratified({{1, 1, {0, 1}}, {2, 1, {0}}, {3, 1, {1}}, {4, 1, {1}}, {5, 1, {1}}}, {0.5, 0.5}, 2);
  EXPECT_NE(part[0], part[1]);
  EXPECT_EQ(part[2], part[1]);
  EXPECT_EQ(part[3], part[0]);
  EXPECT_EQ(part[4], part[1]);
}

TEST(Stratify, GivesUntaggedItemsToThePartsThatLackPictures) {
  const std::vector<int32_t> part = stratified({{1, 1, {}}, {2, 1, {}}, {3, 1, {}}, {4, 1, {}}}, {0.75, 0.25}, 0);
  EXPECT_EQ(std::count(part.begin(), part.end(), 0), 3);
}

TEST(Stratify, KeepsAssignedItemsAndCountsThem) {
  // Part 1 has its two of tag 0 already.
  const std::vector<int32_t> part =
      stratified({{1, 1, {0}, 1}, {2, 1, {0}, 1}, {3, 1, {0}}, {4, 1, {0}}, {5, 1, {0}}, {6, 1, {0}}}, {2.0 / 3, 1.0 / 3}, 1);
  EXPECT_EQ(part, (std::vector<int32_t>{1, 1, 0, 0, 0, 0}));
}

TEST(Stratify, CountsAllPicturesOfAnItem) {
  // The first item by its key has three copies and fills half of the six pictures.
  const std::vector<int32_t> part = stratified({{1, 3, {0, 0, 0}}, {2, 1, {0}}, {3, 1, {0}}, {4, 1, {0}}}, {0.5, 0.5}, 1);
  for (size_t i = 1; i < 4; ++i) EXPECT_NE(part[i], part[0]);
}

std::vector<StratifyItem> golden_items(uint64_t seed) {
  constexpr int kPictures = 400, kTags = 20;
  const std::vector<float> u = test::seeded_uniform("stratify", kPictures * kTags);
  std::vector<StratifyItem> items(kPictures);
  for (int p = 0; p < kPictures; ++p) {
    items[p].key = Hash64(seed).add_number(p).digest();
    for (int t = 0; t < kTags; ++t) {
      if (u[p * kTags + t] < static_cast<float>(0.4 * std::pow(0.85, t))) items[p].tags.push_back(t);
    }
  }
  return items;
}

TEST(Stratify, IsAsEvenAsThePackageIterativeStratification) {
  constexpr int kSeeds = 40;
  const std::vector<double> shares = {0.8, 0.1, 0.1};
  std::vector<double> errors(3), pictures(3);
  for (int seed = 0; seed < kSeeds; ++seed) {
    std::vector<StratifyItem> items = golden_items(seed);
    stratify(items, shares, 20);
    std::vector<double> all(20), here[3] = {std::vector<double>(20), std::vector<double>(20), std::vector<double>(20)}, sizes(3);
    for (const StratifyItem& item : items) {
      for (const int32_t tag : item.tags) ++all[tag], ++here[item.part][tag];
      ++sizes[item.part];
    }
    for (size_t p = 0; p < 3; ++p) {
      for (size_t tag = 0; tag < 20; ++tag) errors[p] += std::abs(here[p][tag] / all[tag] - shares[p]) / 20 / kSeeds;
      pictures[p] += std::abs(sizes[p] - 400 * shares[p]) / kSeeds;
    }
  }
  const test::Golden golden("stratify_golden.txt");
  const auto their_errors = golden.get<double>("mean_error"), their_pictures = golden.get<double>("picture_error");
  for (size_t p = 0; p < 3; ++p) {
    EXPECT_LT(errors[p], 1.05 * their_errors[p]) << "part " << p;
    EXPECT_LT(pictures[p], 1.5 * their_pictures[p] + 0.5) << "part " << p;
  }
}

TEST(Stratify, DoesNotDependOnTheOrderOfItems) {
  std::vector<StratifyItem> items = golden_items(3), reversed(items.rbegin(), items.rend());
  stratify(items, {0.7, 0.3}, 20);
  stratify(reversed, {0.7, 0.3}, 20);
  for (size_t i = 0; i < items.size(); ++i) EXPECT_EQ(items[i].part, reversed[items.size() - 1 - i].part);
}

}  // namespace
}  // namespace tagloom

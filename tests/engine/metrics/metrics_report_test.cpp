// The metric report: its keys, undefined metrics, rejected input, and random cases against brute force.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "engine/metrics/metrics.h"
#include "tests/support/expect_error.h"

namespace tagloom {
namespace {

struct World {
  int64_t pictures, tags;
  std::vector<float> scores;
  std::vector<TagList> truth;
  MetricInput input() const { return {.tag_count = tags, .scores = scores, .first_step_scores = scores, .truth = truth}; }
};

World random_world(uint32_t seed, int64_t pictures, int64_t tags, int levels) {
  std::mt19937 random(seed);
  World w{pictures, tags, {}, {}};
  for (int64_t i = 0; i < pictures * tags; ++i) {
    w.scores.push_back(static_cast<float>(random() % static_cast<unsigned>(levels)) / static_cast<float>(levels));
  }
  for (int64_t i = 0; i < pictures; ++i) {
    TagList all;
    for (int32_t t = 0; t < tags; ++t) all.push_back(t);
    std::shuffle(all.begin(), all.end(), random);
    all.resize(random() % 5);
    w.truth.push_back(all);
  }
  return w;
}

bool carries(const World& w, int64_t i, int64_t t) {
  const TagList& list = w.truth[static_cast<size_t>(i)];
  return std::find(list.begin(), list.end(), static_cast<int32_t>(t)) != list.end();
}
float score(const World& w, int64_t i, int64_t t) { return w.scores[static_cast<size_t>(i * w.tags + t)]; }

// The rank of item j among n, from 1.
template <class Score>
int64_t rank_of(int64_t j, int64_t n, Score s) {
  int64_t rank = 1;
  for (int64_t other = 0; other < n; ++other) rank += s(other) > s(j) || (s(other) == s(j) && other < j);
  return rank;
}

template <class Score, class True>
double slow_ap(int64_t n, Score s, True is_true) {
  double sum = 0;
  int64_t positives = 0;
  for (int64_t j = 0; j < n; ++j) {
    if (!is_true(j)) continue;
    ++positives;
    int64_t before = 0;
    for (int64_t other = 0; other < n; ++other) before += is_true(other) && rank_of(other, n, s) <= rank_of(j, n, s);
    sum += static_cast<double>(before) / static_cast<double>(rank_of(j, n, s));
  }
  return positives == 0 ? -1 : sum / static_cast<double>(positives);
}

TEST(MetricsReport, MatchesBruteForce) {
  for (uint32_t seed = 0; seed < 6; ++seed) {
    const World w = random_world(seed, 9 + seed, 7 + 2 * seed, seed % 2 ? 5 : 1000);
    const int64_t k = 3;
    const MetricReport report = measure(w.input(), {.top_k = k, .order = TruthOrder::kOrdered});
    double p_image = 0, r_image = 0, map_image = 0, tagged = 0, top1 = 0, tp = 0, all_true = 0, p_at_5 = 0, ndcg_at_5 = 0;
    for (int64_t i = 0; i < w.pictures; ++i) {
      const auto s = [&](int64_t t) { return score(w, i, t); };
      const TagList& list = w.truth[static_cast<size_t>(i)];
      double right = 0, right_at_5 = 0, dcg = 0, ideal = 0;
      for (int64_t t = 0; t < w.tags; ++t) {
        if (!carries(w, i, t)) continue;
        const int64_t rank = rank_of(t, w.tags, s);
        right += rank <= k;
        right_at_5 += rank <= 5;
        top1 += rank == 1;
        const auto place = std::find(list.begin(), list.end(), static_cast<int32_t>(t)) - list.begin();
        const double relevance =
            static_cast<double>(static_cast<int64_t>(list.size()) - place) / static_cast<double>(list.size());
        if (rank <= 5) dcg += (std::pow(2, relevance) - 1) / std::log(1 + static_cast<double>(rank));
        if (place < 5) ideal += (std::pow(2, relevance) - 1) / std::log(2 + static_cast<double>(place));
      }
      p_image += right / static_cast<double>(k);
      tp += right;
      if (list.empty()) continue;
      ++tagged;
      all_true += static_cast<double>(list.size());
      r_image += right / static_cast<double>(list.size());
      p_at_5 += right_at_5 / 5;
      ndcg_at_5 += dcg / ideal;
      map_image += slow_ap(w.tags, s, [&](int64_t t) { return carries(w, i, t); });
    }
    double p_label = 0, r_label = 0, map_label = 0, f1 = 0, n_plus = 0, occurring = 0;
    for (int64_t t = 0; t < w.tags; ++t) {
      double right = 0, given = 0, truth = 0;
      for (int64_t i = 0; i < w.pictures; ++i) {
        const bool g = rank_of(t, w.tags, [&](int64_t other) { return score(w, i, other); }) <= k;
        given += g;
        truth += carries(w, i, t);
        right += g && carries(w, i, t);
      }
      n_plus += right > 0;
      if (truth == 0) continue;
      ++occurring;
      p_label += given > 0 ? right / given : 0;
      r_label += right / truth;
      f1 += 2 * right / (given + truth);
      map_label += slow_ap(
          w.pictures, [&](int64_t i) { return score(w, i, t); }, [&](int64_t i) { return carries(w, i, t); });
    }
    const double n = static_cast<double>(w.pictures), given = n * static_cast<double>(k);
    const auto f = [](double p, double r) { return p + r > 0 ? 2 * p * r / (p + r) : 0; };
    const std::vector<std::pair<std::string, double>> expected = {{"p_label", p_label / occurring},
                                                                  {"r_label", r_label / occurring},
                                                                  {"f1_label", f(p_label / occurring, r_label / occurring)},
                                                                  {"f1_label_mean", f1 / occurring},
                                                                  {"p_image", p_image / n},
                                                                  {"r_image", r_image / n},
                                                                  {"f1_image", f(p_image / n, r_image / n)},
                                                                  {"p_micro", tp / given},
                                                                  {"r_micro", tp / all_true},
                                                                  {"f1_micro", f(tp / given, tp / all_true)},
                                                                  {"n_plus", n_plus},
                                                                  {"map_label", map_label / occurring},
                                                                  {"map_image", map_image / tagged},
                                                                  {"top1", top1 / tagged},
                                                                  {"top1_first_step", top1 / tagged},
                                                                  {"precision@5", p_at_5 / tagged},
                                                                  {"ndcg@5", ndcg_at_5 / tagged}};
    for (const auto& [name, value] : expected) {
      ASSERT_NE(report.find(name), nullptr) << name;
      EXPECT_NEAR(*report.find(name), value, 1e-12) << name << " seed=" << seed;
    }
  }
}

TEST(MetricsReport, HasTheseKeysInThisOrder) {
  std::vector<std::string> expected = {"p_label", "r_label",   "f1_label",  "f1_label_mean", "p_image",
                                       "r_image", "f1_image",  "p_micro",   "r_micro",       "f1_micro",
                                       "n_plus",  "map_label", "map_image", "top1",          "top1_first_step"};
  for (const char* name : {"ndcg", "precision"}) {
    for (int k = 1; k <= 10; ++k) expected.push_back(std::string(name) + "@" + std::to_string(k));
    expected.push_back(std::string(name) + "_mean");
  }
  const MetricReport report = measure(random_world(1, 10, 8, 100).input(), {.order = TruthOrder::kOrdered});
  std::vector<std::string> names;
  for (const auto& [name, value] : report.values) names.push_back(name);
  EXPECT_EQ(names, expected);
  double sum = 0;
  for (int k = 1; k <= 10; ++k) sum += *report.find("ndcg@" + std::to_string(k));
  EXPECT_NEAR(*report.find("ndcg_mean"), sum / 10, 1e-15);
}

TEST(MetricsReport, EveryMetricHasADefinition) {
  const MetricReport report = measure(random_world(1, 10, 8, 100).input(), {.order = TruthOrder::kOrdered});
  for (const auto& [name, value] : report.values) EXPECT_FALSE(report.definition(name).empty()) << name;
  for (const char* name : {"selection", "ranking", "zero_division", "labels", "pictures", "ap", "relevance"}) {
    EXPECT_FALSE(report.definition(name).empty()) << name;
  }
  EXPECT_EQ(report.definition("ndcg@3"), report.definition("ndcg@7"));
  EXPECT_EQ(report.definition("absent"), "");
  EXPECT_EQ(report.definitions[0].second, "exactly the first 5 tags of a picture's ranking");
}

TEST(MetricsReport, HasNoGradedNdcgWithoutOrder) {
  World w = random_world(2, 10, 8, 100);
  for (TagList& list : w.truth) std::sort(list.begin(), list.end());
  EXPECT_EQ(measure(w.input(), {}).find("ndcg@1"), nullptr);
  EXPECT_NE(measure(w.input(), {}).find("precision@1"), nullptr);
  EXPECT_NE(measure(w.input(), {.relevance = Relevance::kBinary}).find("ndcg@1"), nullptr);
  EXPECT_NE(measure(w.input(), {.order = TruthOrder::kOrdered}).find("ndcg@1"), nullptr);
  EXPECT_NE(measure(random_world(2, 10, 8, 100).input(), {}).find("ndcg@1"), nullptr);
  EXPECT_EQ(measure(random_world(2, 10, 8, 100).input(), {.order = TruthOrder::kUnordered}).find("ndcg@1"), nullptr);
}

TEST(MetricsReport, ValuesAreFinite) {
  const std::vector<TagList> none, empty = {{}};
  const std::vector<float> scores = {.1f, .2f};
  const MetricReport no_pictures = measure({.tag_count = 2, .truth = none}, {});
  EXPECT_TRUE(no_pictures.values.empty());
  for (const ZeroDivision rule : {ZeroDivision::kZero, ZeroDivision::kOne, ZeroDivision::kSkip}) {
    const MetricReport report =
        measure({.tag_count = 2, .scores = scores, .truth = empty}, {.selection = Selection::kThreshold, .zero_division = rule});
    for (const auto& [name, value] : report.values) EXPECT_TRUE(std::isfinite(value)) << name;
    EXPECT_EQ(report.find("top1"), nullptr);
    EXPECT_EQ(report.find("p_micro") == nullptr, rule == ZeroDivision::kSkip);
  }
}

TEST(MetricsReport, RejectsInvalidInput) {
  const std::vector<TagList> good = {{0}}, outside = {{2}}, twice = {{1, 1}}, ignored = {{0}}, ranking = {{5}};
  std::vector<float> scores = {.1f, .2f};
  EXPECT_ERROR(kUsage, "1 pictures of 3 tags, but 2 scores", measure({.tag_count = 3, .scores = scores, .truth = good}, {}));
  EXPECT_ERROR(kData, "picture 0 has tag 2, but there are 2 tags",
               measure({.tag_count = 2, .scores = scores, .truth = outside}, {}));
  EXPECT_ERROR(kData, "picture 0 lists tag 1 twice", measure({.tag_count = 2, .scores = scores, .truth = twice}, {}));
  EXPECT_ERROR(kData, "picture 0 lists tag 0 twice",
               measure({.tag_count = 2, .scores = scores, .truth = good, .ignored = ignored}, {}));
  EXPECT_ERROR(kUsage, "a ranking contains tag 5",
               measure({.tag_count = 2, .scores = scores, .ranking = ranking, .truth = good}, {}));
  EXPECT_ERROR(kUsage, "\"percentile\" needs the training pictures' tags",
               measure({.tag_count = 2, .scores = scores, .truth = good}, {.relevance = Relevance::kPercentile}));
  scores[1] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_ERROR(kNumeric, "tag 1 of picture 0 is NaN", measure({.tag_count = 2, .scores = scores, .truth = good}, {}));
}

}  // namespace
}  // namespace tagloom

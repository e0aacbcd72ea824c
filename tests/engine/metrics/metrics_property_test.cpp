// Every metric of 10,000 small random cases against brute force: many equal scores, pictures without tags and with all of them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <random>

#include "engine/metrics/metrics.h"

namespace tagloom {
namespace {

struct Case {
  int64_t pictures = 0, tags = 0;
  std::vector<float> scores, first_step;
  std::vector<TagList> ranking, truth, ignored;
  MetricOptions options;
  MetricInput input() const {
    return {.tag_count = tags,
            .scores = scores,
            .first_step_scores = first_step,
            .ranking = ranking,
            .truth = truth,
            .ignored = ignored};
  }
};

class Random {
 public:
  explicit Random(uint32_t seed) : engine_(seed) {}
  int64_t below(int64_t n) { return static_cast<int64_t>(engine_() % static_cast<uint64_t>(n)); }
  template <class T>
  T one_of(std::initializer_list<T> values) {
    return values.begin()[below(static_cast<int64_t>(values.size()))];
  }
  std::vector<float> scores(int64_t count, int64_t levels) {
    std::vector<float> values(static_cast<size_t>(count));
    for (float& value : values) value = static_cast<float>(below(levels + 1)) / static_cast<float>(levels);
    return values;
  }
  TagList order(int64_t tags) {
    TagList list(static_cast<size_t>(tags));
    std::iota(list.begin(), list.end(), 0);
    std::shuffle(list.begin(), list.end(), engine_);
    return list;
  }

 private:
  std::mt19937 engine_;
};

Case random_case(uint32_t seed) {
  Random random(seed);
  Case c;
  c.pictures = random.below(6);
  c.tags = 1 + random.below(5);
  const auto levels = random.one_of<int64_t>({1, 2, 5, 1 << 20});
  c.scores = random.scores(c.pictures * c.tags, levels);
  if (random.below(2)) c.first_step = random.scores(c.pictures * c.tags, levels);
  const bool ranked = random.below(2), ignores = random.below(2);
  for (int64_t i = 0; i < c.pictures; ++i) {
    TagList list = random.order(c.tags), ignored;
    const auto end = list.begin() + random.one_of<int64_t>({0, 1, random.below(c.tags + 1), c.tags});
    if (ignores) ignored.assign(end, end + random.below(list.end() - end + 1));
    list.erase(end, list.end());
    c.truth.push_back(std::move(list));
    if (ignores) c.ignored.push_back(std::move(ignored));
    if (ranked) c.ranking.push_back(random.order(c.tags));
  }
  MetricOptions& o = c.options;
  o.selection = random.one_of({Selection::kTopK, Selection::kThreshold, Selection::kTopKAndThreshold});
  o.top_k = 1 + random.below(c.tags + 1);
  o.threshold = static_cast<double>(random.below(6)) / 5;
  if (random.below(3) == 0) o.tag_thresholds = random.scores(c.tags, 5);
  o.zero_division = random.one_of({ZeroDivision::kZero, ZeroDivision::kOne, ZeroDivision::kSkip});
  o.relevance = random.one_of(
      {Relevance::kLinear, Relevance::kBinary, Relevance::kReciprocal, Relevance::kLogarithmic, Relevance::kInteger});
  o.labels = random.one_of({CountedLabels::kOccurring, CountedLabels::kAll});
  o.ap = random.one_of({AveragePrecision::kNonInterpolated, AveragePrecision::kVoc07, AveragePrecision::kVoc10});
  o.ties = random.one_of({Ties::kIndex, Ties::kGrouped});
  o.keep_untagged = random.below(2) != 0;
  o.order = TruthOrder::kOrdered;
  return c;
}

// The definitions of metrics.h and metric_options.h, counted out with no sorting.
class BruteForce {
 public:
  explicit BruteForce(const Case& c) : c_(c), o_(c.options) {
    for (int64_t i = 0; i < c.pictures; ++i) {
      if (o_.keep_untagged || !c.truth[i].empty()) pictures_.push_back(i);
    }
  }

  std::map<std::string, double> all() {
    sets();
    std::vector<double> labels, images;
    for (int64_t tag = 0; tag < c_.tags; ++tag) {
      std::vector<int64_t> items;
      for (const int64_t i : pictures_) {
        if (!ignored(i, tag)) items.push_back(i);
      }
      const auto not_after = [&](int64_t a, int64_t b) {
        const float x = score(a, tag), y = score(b, tag);
        return x > y || (x == y && (o_.ties == Ties::kGrouped || a <= b));
      };
      add_ap(
          items, [&](int64_t i) { return is_true(i, tag); }, not_after, labels);
    }
    for (const int64_t i : pictures_) {
      const bool grouped = o_.ties == Ties::kGrouped && c_.ranking.empty();
      const auto not_after = [&](int64_t a, int64_t b) {
        return place(i, a) <= place(i, b) || (grouped && score(i, a) == score(i, b));
      };
      add_ap(
          tags_of(i), [&](int64_t tag) { return is_true(i, tag); }, not_after, images);
    }
    mean("map_label", labels);
    mean("map_image", images);
    std::vector<double> top1, first;
    for (const int64_t i : pictures_) {
      if (c_.truth[i].empty()) continue;
      top1.push_back(precision_at(i, 1));
      if (!c_.first_step.empty()) first.push_back(is_true(i, best_first_step(i)));
    }
    mean("top1", top1);
    mean("top1_first_step", first);
    ranked();
    return values_;
  }

 private:
  float score(int64_t i, int64_t tag) const { return c_.scores[i * c_.tags + tag]; }
  bool is_true(int64_t i, int64_t tag) const { return std::ranges::count(c_.truth[i], tag) > 0; }
  bool ignored(int64_t i, int64_t tag) const { return !c_.ignored.empty() && std::ranges::count(c_.ignored[i], tag) > 0; }
  std::vector<int64_t> tags_of(int64_t i) const {
    std::vector<int64_t> tags;
    for (int64_t tag = 0; tag < c_.tags; ++tag) {
      if (!ignored(i, tag)) tags.push_back(tag);
    }
    return tags;
  }
  // How many tags come before this one in the order given out.
  int64_t place(int64_t i, int64_t tag) const {
    const auto before = [&](int64_t other) {
      if (c_.ranking.empty()) return score(i, other) > score(i, tag) || (score(i, other) == score(i, tag) && other < tag);
      const TagList& ranking = c_.ranking[i];
      return std::ranges::find(ranking, other) < std::ranges::find(ranking, tag);
    };
    return std::ranges::count_if(tags_of(i), before);
  }
  bool given(int64_t i, int64_t tag) const {
    const float limit = o_.tag_thresholds.empty() ? static_cast<float>(o_.threshold) : o_.tag_thresholds[tag];
    return !ignored(i, tag) && (o_.selection == Selection::kThreshold || place(i, tag) < o_.top_k) &&
           (o_.selection == Selection::kTopK || score(i, tag) > limit);
  }
  int64_t best_first_step(int64_t i) const {
    const std::vector<int64_t> tags = tags_of(i);
    const auto value = [&](int64_t tag) { return c_.first_step[i * c_.tags + tag]; };
    return *std::ranges::find_if(
        tags, [&](int64_t tag) { return std::ranges::all_of(tags, [&](int64_t x) { return value(x) <= value(tag); }); });
  }
  double precision_at(int64_t i, int64_t k) const {
    return static_cast<double>(std::ranges::count_if(c_.truth[i], [&](int64_t tag) { return place(i, tag) < k; })) /
           static_cast<double>(k);
  }

  void mean(const std::string& name, const std::vector<double>& of) {
    if (!of.empty()) values_[name] = std::accumulate(of.begin(), of.end(), 0.0) / static_cast<double>(of.size());
  }

  // not_after(a, b): a is counted where b is the last one counted.
  template <class IsTrue, class NotAfter>
  void add_ap(const std::vector<int64_t>& items, IsTrue is_true, NotAfter not_after, std::vector<double>& to) const {
    const auto right = [&](int64_t last) {
      return std::ranges::count_if(items, [&](int64_t x) { return is_true(x) && not_after(x, last); });
    };
    const auto precision = [&](int64_t last) {
      return static_cast<double>(right(last)) /
             static_cast<double>(std::ranges::count_if(items, [&](int64_t x) { return not_after(x, last); }));
    };
    const int64_t all = std::ranges::count_if(items, is_true);
    if (all == 0) return;
    const auto best_at = [&](double correct) {
      double best = 0;
      for (const int64_t x : items) {
        if (static_cast<double>(right(x)) >= correct) best = std::max(best, precision(x));
      }
      return best;
    };
    double sum = 0;
    if (o_.ap == AveragePrecision::kVoc07) {
      for (int tenth = 0; tenth <= 10; ++tenth) sum += best_at(std::ceil(static_cast<double>(tenth * all) / 10));
      return to.push_back(sum / 11);
    }
    for (const int64_t x : items) {
      if (!is_true(x)) continue;
      sum += o_.ap == AveragePrecision::kNonInterpolated ? precision(x) : best_at(static_cast<double>(right(x)));
    }
    to.push_back(sum / static_cast<double>(all));
  }

  void share(double part, double whole, std::vector<double>& to) const {
    if (whole > 0) return to.push_back(part / whole);
    if (o_.zero_division != ZeroDivision::kSkip) to.push_back(o_.zero_division == ZeroDivision::kOne);
  }
  void three(const std::string& suffix, const std::vector<double>& p, const std::vector<double>& r) {
    mean("p_" + suffix, p);
    mean("r_" + suffix, r);
    if (p.empty() || r.empty()) return;
    const double a = values_["p_" + suffix], b = values_["r_" + suffix];
    values_["f1_" + suffix] = a + b > 0 ? 2 / (1 / a + 1 / b) : 0;
    if (a == 0 || b == 0) values_["f1_" + suffix] = 0;
  }

  void sets() {
    std::vector<double> p, r, f1, p_image, r_image, p_micro, r_micro;
    double all_right = 0, all_given = 0, all_true = 0, n_plus = 0;
    for (int64_t tag = 0; tag < c_.tags; ++tag) {
      double right = 0, named = 0, truth = 0;
      for (const int64_t i : pictures_) {
        right += given(i, tag) && is_true(i, tag);
        named += given(i, tag);
        truth += is_true(i, tag);
      }
      n_plus += right > 0;
      all_right += right, all_given += named, all_true += truth;
      if (o_.labels == CountedLabels::kOccurring && truth == 0) continue;
      share(right, named, p);
      share(right, truth, r);
      share(2 * right, named + truth, f1);
    }
    three("label", p, r);
    mean("f1_label_mean", f1);
    for (const int64_t i : pictures_) {
      double right = 0, named = 0;
      for (int64_t tag = 0; tag < c_.tags; ++tag) {
        right += given(i, tag) && is_true(i, tag);
        named += given(i, tag);
      }
      share(right, named, p_image);
      share(right, static_cast<double>(c_.truth[i].size()), r_image);
    }
    three("image", p_image, r_image);
    if (pictures_.empty()) return;
    share(all_right, all_given, p_micro);
    share(all_right, all_true, r_micro);
    three("micro", p_micro, r_micro);
    values_["n_plus"] = n_plus;
  }

  double relevance(int64_t r, int64_t count) const {
    const auto place = static_cast<double>(r), all = static_cast<double>(count);
    switch (o_.relevance) {
      case Relevance::kLinear:
        return (all - place + 1) / all;
      case Relevance::kReciprocal:
        return 1 / place;
      case Relevance::kLogarithmic:
        return std::log(2) / std::log(1 + place);
      case Relevance::kInteger:
        return all - place + 1;
      default:
        return 1;
    }
  }

  // The best DCG is searched among all orders of the picture's own tags.
  void ranked() {
    for (int k = 1; k <= 10; ++k) {
      std::vector<double> ndcg, precision;
      for (const int64_t i : pictures_) {
        const TagList& truth = c_.truth[i];
        if (truth.empty()) continue;
        const auto count = static_cast<int64_t>(truth.size());
        const auto gain = [&](int64_t number, int64_t at) {
          return at < k ? (std::pow(2, relevance(number + 1, count)) - 1) / std::log2(2.0 + static_cast<double>(at)) : 0.0;
        };
        double dcg = 0, best = 0;
        for (int64_t number = 0; number < count; ++number) dcg += gain(number, place(i, truth[number]));
        std::vector<int64_t> at(truth.size());
        std::iota(at.begin(), at.end(), 0);
        do {
          double sum = 0;
          for (int64_t number = 0; number < count; ++number) sum += gain(number, at[number]);
          best = std::max(best, sum);
        } while (std::ranges::next_permutation(at).found);
        ndcg.push_back(dcg / best);
        precision.push_back(precision_at(i, k));
      }
      mean("ndcg@" + std::to_string(k), ndcg);
      mean("precision@" + std::to_string(k), precision);
    }
    for (const std::string name : {"ndcg", "precision"}) {
      double sum = 0;
      for (int k = 1; k <= 10; ++k) sum += values_.contains(name + "@1") ? values_[name + "@" + std::to_string(k)] : 0;
      if (values_.contains(name + "@1")) values_[name + "_mean"] = sum / 10;
    }
  }

  const Case& c_;
  const MetricOptions& o_;
  std::vector<int64_t> pictures_;
  std::map<std::string, double> values_;
};

TEST(MetricsProperty, TenThousandRandomCasesMatchBruteForce) {
  for (uint32_t seed = 0; seed < 10'000; ++seed) {
    const Case c = random_case(seed);
    const MetricReport report = measure(c.input(), c.options);
    const std::map<std::string, double> expected = BruteForce(c).all();
    ASSERT_EQ(report.values.size(), expected.size()) << "seed " << seed;
    for (const auto& [name, value] : report.values) {
      const auto found = expected.find(name);
      ASSERT_NE(found, expected.end()) << name << ", seed " << seed;
      ASSERT_NEAR(value, found->second, 1e-12) << name << ", seed " << seed;
    }
  }
}

}  // namespace
}  // namespace tagloom

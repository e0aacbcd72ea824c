// Computes the rankings and predicted tags in one pass, then each family of metrics from them.
#include "engine/metrics/metrics.h"

#include <algorithm>
#include <cmath>

#include "engine/metrics/average_precision.h"
#include "engine/metrics/ranked_metrics.h"
#include "engine/metrics/set_metrics.h"
#include "kernels/base/error.h"

namespace tagloom {
namespace {

// The evaluated pictures: all of them, or without untagged ones.
struct Judged {
  MetricInput input;
  std::vector<float> scores, first_step_scores;
  std::vector<TagList> ranking, truth, ignored;
};

std::span<const float> row(std::span<const float> values, int64_t i, int64_t tags) {
  return values.subspan(static_cast<size_t>(i * tags), static_cast<size_t>(tags));
}

void check_scores(std::span<const float> scores, size_t pictures, int64_t tags, const char* name) {
  TL_CHECK(scores.size() == pictures * static_cast<size_t>(tags), "[metrics] {} pictures of {} tags, but {} {}", pictures, tags,
           scores.size(), name);
  for (size_t i = 0; i < scores.size(); ++i) {
    TL_CHECK_AS(ErrorKind::kNumeric, !std::isnan(scores[i]), "[metrics] {}: tag {} of picture {} is NaN: the model has diverged",
                name, i % static_cast<size_t>(tags), i / static_cast<size_t>(tags));
  }
}

void check(const MetricInput& input) {
  TL_CHECK(input.tag_count >= 1, "[metrics] there are {} tags, at least 1 is needed", input.tag_count);
  const size_t pictures = input.truth.size();
  check_scores(input.scores, pictures, input.tag_count, "scores");
  if (!input.first_step_scores.empty()) {
    check_scores(input.first_step_scores, pictures, input.tag_count, "first_step_scores");
  }
  TL_CHECK(input.ranking.empty() || input.ranking.size() == pictures, "[metrics] {} pictures, but {} rankings", pictures,
           input.ranking.size());
  for (const TagList& ranking : input.ranking) {
    for (const int32_t tag : ranking) {
      TL_CHECK(tag >= 0 && tag < input.tag_count, "[metrics] a ranking contains tag {}, but there are {} tags", tag,
               input.tag_count);
    }
  }
}

template <class T>
void keep_row(std::span<const T> from, std::vector<T>& to, size_t i, size_t width) {
  if (from.empty()) return;
  const std::span<const T> row = from.subspan(i * width, width);
  to.insert(to.end(), row.begin(), row.end());
}

// Copies only if a picture is left out.
void leave_out_untagged(Judged& judged) {
  MetricInput& in = judged.input;
  if (std::ranges::none_of(in.truth, [](const TagList& list) { return list.empty(); })) return;
  for (size_t i = 0; i < in.truth.size(); ++i) {
    if (in.truth[i].empty()) continue;
    const auto width = static_cast<size_t>(in.tag_count);
    keep_row(in.scores, judged.scores, i, width);
    keep_row(in.first_step_scores, judged.first_step_scores, i, width);
    keep_row(in.ranking, judged.ranking, i, 1);
    keep_row(in.truth, judged.truth, i, 1);
    keep_row(in.ignored, judged.ignored, i, 1);
  }
  in.scores = judged.scores;
  in.first_step_scores = judged.first_step_scores;
  in.ranking = judged.ranking;
  in.truth = judged.truth;
  in.ignored = judged.ignored;
}

// Each picture's ranking without ignored tags: the given one, or by score if there is none. A repeated tag keeps its first
// position.
std::vector<TagList> rankings_of(std::span<const TagList> given, std::span<const float> scores, const TruthTable& truth) {
  std::vector<TagList> rankings;
  std::vector<int64_t> seen_in(static_cast<size_t>(truth.tags()), -1);
  for (int64_t i = 0; i < truth.pictures(); ++i) {
    TagList ranking = given.empty() ? rank_by_score(row(scores, i, truth.tags()), truth.tags()) : given[static_cast<size_t>(i)];
    std::erase_if(ranking, [&](int32_t tag) {
      int64_t& seen = seen_in[static_cast<size_t>(tag)];
      const bool again = seen == i;
      seen = i;
      return again || truth.is_ignored(i, tag);
    });
    rankings.push_back(std::move(ranking));
  }
  return rankings;
}

// The share of tagged pictures whose first tag is true. rankings: without ignored tags.
std::optional<double> top1(const std::vector<TagList>& rankings, const TruthTable& truth) {
  int64_t correct = 0, pictures = 0;
  for (int64_t i = 0; i < truth.pictures(); ++i) {
    if (truth.list(i).empty()) continue;
    const TagList& ranking = rankings[static_cast<size_t>(i)];
    ++pictures;
    correct += !ranking.empty() && truth.is_true(i, ranking.front());
  }
  if (pictures == 0) return std::nullopt;
  return static_cast<double>(correct) / static_cast<double>(pictures);
}

std::optional<double> mean_of_present(const std::vector<std::optional<double>>& values) {
  double sum = 0;
  int64_t count = 0;
  for (const auto& value : values) {
    if (!value) continue;
    sum += *value;
    ++count;
  }
  if (count == 0) return std::nullopt;
  return sum / static_cast<double>(count);
}

class Measurement {
 public:
  Measurement(const MetricInput& in, const MetricOptions& options)
      : in_(in),
        options_(options),
        truth_(in.truth, in.ignored, in.tag_count),
        rankings_(rankings_of(in.ranking, in.scores, truth_)) {}

  MetricReport take() {
    report_.counts.emplace_back("pictures", truth_.pictures());
    report_.counts.emplace_back("pictures_without_tags", std::ranges::count_if(in_.truth, &TagList::empty));
    measure_sets();
    measure_ap();
    add("top1", top1(rankings_, truth_));
    if (!in_.first_step_scores.empty()) add("top1_first_step", top1(rankings_of({}, in_.first_step_scores, truth_), truth_));
    measure_ranked();
    return std::move(report_);
  }

 private:
  void add(const std::string& name, std::optional<double> value) {
    if (value) report_.values.emplace_back(name, *value);
  }

  void measure_sets() {
    const SelectionRule rule = selection_rule(options_);
    std::vector<TagList> given;
    for (int64_t i = 0; i < truth_.pictures(); ++i) {
      given.push_back(select_tags(rankings_[static_cast<size_t>(i)], row(in_.scores, i, in_.tag_count), rule));
    }
    const SetCountTables counts = count_sets(truth_, given);
    std::vector<SetCounts> counted;
    int64_t n_plus = 0;
    for (size_t v = 0; v < counts.of_tags.size(); ++v) {
      const SetCounts& c = counts.of_tags[v];
      if (options_.labels == CountedLabels::kAll || c.truth > 0) counted.push_back(c);
      n_plus += c.correct > 0;
      report_.tags.push_back({static_cast<int32_t>(v), c.truth, c.given, c.correct, precision_of(c, options_.zero_division),
                              recall_of(c, options_.zero_division), f1_of(c, options_.zero_division), std::nullopt});
    }
    const SetMetrics label = mean_over_rows(counted, options_.zero_division);
    const SetMetrics image = mean_over_rows(counts.of_pictures, options_.zero_division);
    add("p_label", label.precision);
    add("r_label", label.recall);
    add("f1_label", label.f1);
    add("f1_label_mean", label.f1_mean);
    add("p_image", image.precision);
    add("r_image", image.recall);
    add("f1_image", image.f1);
    if (truth_.pictures() > 0) {
      const SetMetrics micro = overall(counts.of_pictures, options_.zero_division);
      add("p_micro", micro.precision);
      add("r_micro", micro.recall);
      add("f1_micro", micro.f1);
      add("n_plus", static_cast<double>(n_plus));
    }
    report_.counts.emplace_back("tags", truth_.tags());
    report_.counts.emplace_back("tags_counted", static_cast<int64_t>(counted.size()));
    report_.counts.emplace_back("tags_without_positives",
                                std::ranges::count_if(counts.of_tags, [](const SetCounts& c) { return c.truth == 0; }));
    report_.counts.emplace_back("p_label_undefined", label.precision_undefined);
    report_.counts.emplace_back("r_label_undefined", label.recall_undefined);
    report_.counts.emplace_back("p_image_undefined", image.precision_undefined);
    report_.counts.emplace_back("r_image_undefined", image.recall_undefined);
  }

  void measure_ap() {
    std::vector<std::optional<double>> of_tags, of_pictures;
    for (int64_t tag = 0; tag < truth_.tags(); ++tag) {
      of_tags.push_back(ap_of_tag(tag));
      report_.tags[static_cast<size_t>(tag)].ap = of_tags.back();
    }
    for (int64_t i = 0; i < truth_.pictures(); ++i) of_pictures.push_back(ap_of_picture(i));
    add("map_label", mean_of_present(of_tags));
    add("map_image", mean_of_present(of_pictures));
  }

  // Of the pictures by the tag's score.
  std::optional<double> ap_of_tag(int64_t tag) const {
    std::vector<float> scores;
    std::vector<uint8_t> is_true;
    for (int64_t i = 0; i < truth_.pictures(); ++i) {
      if (truth_.is_ignored(i, tag)) continue;
      scores.push_back(row(in_.scores, i, truth_.tags())[static_cast<size_t>(tag)]);
      is_true.push_back(truth_.is_true(i, tag) ? 1 : 0);
    }
    return average_precision(scores, is_true, options_.ap, options_.ties);
  }

  // Of the tags in the order of the picture's ranking. Only scores have ties.
  std::optional<double> ap_of_picture(int64_t i) const {
    const TagList& ranking = rankings_[static_cast<size_t>(i)];
    std::vector<float> scores;
    std::vector<uint8_t> is_true;
    for (const int32_t tag : ranking) {
      scores.push_back(row(in_.scores, i, truth_.tags())[static_cast<size_t>(tag)]);
      is_true.push_back(truth_.is_true(i, tag) ? 1 : 0);
    }
    if (in_.ranking.empty()) return average_precision(scores, is_true, options_.ap, options_.ties);
    return average_precision_of_order(is_true, static_cast<int64_t>(truth_.list(i).size()), options_.ap);
  }

  void measure_ranked() {
    const bool percentile = options_.relevance == Relevance::kPercentile;
    const TypicalPlaces typical = percentile ? TypicalPlaces(in_.typical, in_.tag_count) : TypicalPlaces();
    RankedMetrics sum;
    int64_t pictures = 0;
    for (int64_t i = 0; i < truth_.pictures(); ++i) {
      const TagList& truth = truth_.list(i);
      if (truth.empty()) continue;
      const RankedMetrics one =
          ranked_metrics(rankings_[static_cast<size_t>(i)], truth, relevance_of(truth, options_.relevance, typical));
      for (size_t k = 0; k < static_cast<size_t>(kDeepestRank); ++k) {
        sum.ndcg[k] += one.ndcg[k];
        sum.precision[k] += one.precision[k];
      }
      ++pictures;
    }
    if (pictures == 0) return;
    if (is_ordered() || options_.relevance == Relevance::kBinary) add_at_k("ndcg", sum.ndcg, pictures);
    add_at_k("precision", sum.precision, pictures);
  }

  bool is_ordered() const {
    if (options_.order != TruthOrder::kDetect) return options_.order == TruthOrder::kOrdered;
    return !std::ranges::all_of(in_.truth, [](const TagList& list) { return std::ranges::is_sorted(list); });
  }

  void add_at_k(const std::string& name, const std::array<double, kDeepestRank>& sums, int64_t pictures) {
    std::array<double, kDeepestRank> means{};
    for (size_t k = 0; k < means.size(); ++k) {
      means[k] = sums[k] / static_cast<double>(pictures);
      add(name + "@" + std::to_string(k + 1), means[k]);
    }
    add(name + "_mean", mean_of(means));
  }

  const MetricInput& in_;
  const MetricOptions& options_;
  TruthTable truth_;
  std::vector<TagList> rankings_;
  MetricReport report_;
};

}  // namespace

const double* MetricReport::find(const std::string& name) const {
  const auto at = std::ranges::find(values, name, &std::pair<std::string, double>::first);
  return at == values.end() ? nullptr : &at->second;
}

std::string MetricReport::definition(const std::string& name) const {
  const size_t at = name.find('@');
  const std::string key = at == std::string::npos ? name : name.substr(0, at) + "@k";
  const auto found = std::ranges::find(definitions, key, &std::pair<std::string, std::string>::first);
  return found == definitions.end() ? "" : found->second;
}

SelectionRule selection_rule(const MetricOptions& options) {
  SelectionRule rule;
  if (options.selection != Selection::kThreshold) rule.top_k = options.top_k;
  if (options.selection == Selection::kTopK) return rule;
  rule.threshold = options.threshold;
  rule.tag_thresholds = options.tag_thresholds;
  return rule;
}

MetricReport measure(const MetricInput& input, const MetricOptions& options) {
  check(input);
  TL_CHECK(options.relevance != Relevance::kPercentile || !input.typical.empty(),
           "[metrics] relevance \"percentile\" needs the training pictures' tags: pass them, or "
           "use \"linear\"");
  Judged judged;
  judged.input = input;
  if (!options.keep_untagged) leave_out_untagged(judged);
  MetricReport report = Measurement(judged.input, options).take();
  report.definitions = define_metrics(report, options, !input.ranking.empty());
  return report;
}

}  // namespace tagloom

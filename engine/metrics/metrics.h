#pragma once
// Everything that is measured when a tagger's answers are compared with the true tags, each number with its
// definition.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/metrics/metric_options.h"
#include "engine/metrics/truth_table.h"
#include "engine/selection/tag_selection.h"

namespace tagloom {

// N pictures, V tags. Spans may be empty where it says so.
struct MetricInput {
  int64_t tag_count = 0;  // V
  // [N,V], comparable within a picture and, for map_label, across pictures.
  std::span<const float> scores = {};
  std::span<const float> first_step_scores = {};  // [N,V] after one step of the LSTM, or empty
  // N lists, best first; or empty: by scores, the lower tag first of equals.
  std::span<const TagList> ranking = {};
  std::span<const TagList> truth = {};    // N lists, the most important first where the order means something
  std::span<const TagList> ignored = {};  // N lists of tags neither right nor wrong, or empty
  std::span<const TagList> typical = {};  // for Relevance::kPercentile: the lists of the training pictures
};

struct TagMetrics {
  int32_t tag = 0;
  int64_t positives = 0, given = 0, correct = 0;
  std::optional<double> precision, recall, f1;  // nothing: 0/0 and ZeroDivision::kSkip
  std::optional<double> ap;                     // nothing: no picture carries the tag
};

struct MetricReport {
  // In this order, without those that are undefined:
  //   p_label r_label f1_label f1_label_mean p_image r_image f1_image p_micro r_micro f1_micro n_plus
  //   map_label map_image top1 top1_first_step ndcg@1 .. ndcg@10 ndcg_mean precision@1 .. precision@10
  //   precision_mean
  // All are finite and, but for n_plus (a number of tags), within 0 .. 1.
  std::vector<std::pair<std::string, double>> values;
  // The conventions (selection, zero_division, labels, ap, relevance, pictures), then each metric in words.
  std::vector<std::pair<std::string, std::string>> definitions;
  // How many pictures, tags and rows the conventions touched: pictures, pictures_without_tags, tags,
  // tags_counted, tags_without_positives, p_label_undefined, r_label_undefined, p_image_undefined,
  // r_image_undefined.
  std::vector<std::pair<std::string, int64_t>> counts;
  std::vector<TagMetrics> tags;  // all V, by number

  const double* find(const std::string& name) const;  // null where it is not there
  // The words for a value or a convention; those of "ndcg@k" for "ndcg@3". Empty where there are none.
  std::string definition(const std::string& name) const;
};

// Which tags of a ranking count as given.
SelectionRule selection_rule(const MetricOptions& options);

// Throws kUsage where the parts do not fit together, kData for tags that do not exist, kNumeric for a score
// that is NaN.
MetricReport measure(const MetricInput& input, const MetricOptions& options);

// The definitions alone, of every metric that `report` has.
std::vector<std::pair<std::string, std::string>> define_metrics(const MetricReport& report, const MetricOptions& options,
                                                                bool ranked_by_decoder);

}  // namespace tagloom

#pragma once
// Compares a tagger's predictions with the ground truth: every metric, with its definition.
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

// N pictures, V tags.
struct MetricInput {
  int64_t tag_count = 0;  // V
  // [N,V]; comparable within a picture and, for map_label, across pictures.
  std::span<const float> scores = {};
  std::span<const float> first_step_scores = {};  // [N,V] after one step of the LSTM, or empty
  // N lists in the order in which the tags are given out, best first; if empty, tags are ranked by score, ties by tag id. Every
  // metric of a picture's ranking follows it; only map_label ranks by score, because it compares pictures.
  std::span<const TagList> ranking = {};
  std::span<const TagList> truth = {};    // N lists, the most important first if they are ordered
  std::span<const TagList> ignored = {};  // N lists of tags that count neither as right nor as wrong, or empty
  std::span<const TagList> typical = {};  // for Relevance::kPercentile: the lists of the training pictures
};

struct TagMetrics {
  int32_t tag = 0;
  int64_t positives = 0, given = 0, correct = 0;
  std::optional<double> precision, recall, f1;  // empty for 0/0 with ZeroDivision::kSkip
  std::optional<double> ap;                     // empty if no picture has the tag
};

struct MetricReport {
  // In this order, without undefined ones:
  //   p_label r_label f1_label f1_label_mean p_image r_image f1_image p_micro r_micro f1_micro n_plus
  //   map_label map_image top1 top1_first_step ndcg@1 .. ndcg@10 ndcg_mean precision@1 .. precision@10
  //   precision_mean
  // All are finite and, except n_plus (a number of tags), within 0 .. 1.
  std::vector<std::pair<std::string, double>> values;
  // The conventions (selection, zero_division, labels, ap, relevance, pictures), then a definition of each metric.
  std::vector<std::pair<std::string, std::string>> definitions;
  // How many pictures, tags and rows the conventions affected: pictures, pictures_without_tags, tags, tags_counted,
  // tags_without_positives, p_label_undefined, r_label_undefined, p_image_undefined, r_image_undefined.
  std::vector<std::pair<std::string, int64_t>> counts;
  std::vector<TagMetrics> tags;  // all V, by id

  const double* find(const std::string& name) const;  // null if absent
  // The definition of a metric or convention; for "ndcg@3" that of "ndcg@k". Empty if there is none.
  std::string definition(const std::string& name) const;
};

// Which tags of a ranking count as predicted.
SelectionRule selection_rule(const MetricOptions& options);

// Throws kUsage if sizes disagree, kData for unknown tag ids, kNumeric for a NaN score.
MetricReport measure(const MetricInput& input, const MetricOptions& options);

// The definitions of every metric in `report`.
std::vector<std::pair<std::string, std::string>> define_metrics(const MetricReport& report, const MetricOptions& options,
                                                                bool ranked_by_decoder);

}  // namespace tagloom

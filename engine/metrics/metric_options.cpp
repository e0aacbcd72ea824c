// The settings of metrics and of the tags that count as predicted.
#include "engine/metrics/metric_options.h"

namespace tagloom {

void MetricOptions::declare(SettingTable& table) {
  SettingRows decode = table.section("decode").all_may_change_on_resume();
  decode.choice("selection", selection, "Which tags of the ranking are predicted.");
  decode.integer("top_k", top_k, count_from(1), "Number of predicted tags, or the most (selection = \"top_k_and_threshold\").");
  decode.real("threshold", threshold, between(0, 1), "Predict tags with a score above this (every selection but \"top_k\").");

  SettingRows eval = table.section("eval").all_may_change_on_resume();
  eval.choice("zero_division", zero_division, "The value of 0/0 in precision and recall: 0, 1, or left out of the mean.");
  eval.choice("relevance", relevance,
              "NDCG's relevance of the tag at position r of R: (R - r + 1) / R, 1, 1 / r, 1 / log2(1 + r), or R - r + 1.");
  eval.choice("labels", labels, "Tags included in means over tags: those that occur in the evaluated pictures, or all.");
  eval.choice("ap", ap, "Average precision: at the rank of each true tag, VOC 2007's 11 points, or VOC 2010's envelope.");
  eval.choice(
      "ties", ties,
      "Equal scores in average precision: ordered by index, or grouped as at one threshold. The order of a decoder has none.");
}

}  // namespace tagloom

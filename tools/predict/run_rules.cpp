#include "tools/predict/run_rules.h"

#include <filesystem>

#include "engine/run/run_folder.h"
#include "tools/tag_rules/min_scores.h"

namespace tagloom {
namespace {

SelectionRule selection_for(const TrainedRun& run, const PredictOptions& options) {
  const std::vector<std::string>& min_scores = options.tags.min_scores;
  if (!options.top_k && !options.threshold && min_scores.empty()) return selection_rule(run);
  SelectionRule rule{.top_k = options.top_k, .threshold = options.threshold};
  if (min_scores.empty()) return rule;
  const MetricOptions of_run = metric_options(run);
  if (!rule.threshold) {
    rule.threshold = of_run.threshold;
    rule.tag_thresholds = of_run.tag_thresholds;
  }
  set_min_scores(rule, min_scores, of_run.tag_thresholds, run.vocabulary);
  return rule;
}

}  // namespace

void require_run_thresholds(const PredictOptions& options) {
  if (!options.tags.takes_run_thresholds()) return;
  require_run_folder(options.run);
  TL_CHECK(
      std::filesystem::exists(options.run + "/decisions.tsv"),
      "--min-score run: {} has no thresholds of its tags (decisions.tsv): give --min-score a number or a FILE, or train with "
      "validation pictures and decode.method = \"scores\"",
      options.run);
}

TagRules rules_for(const TrainedRun& run, const PredictOptions& options) {
  const TagOptions& tags = options.tags;
  return {run.vocabulary,
          selection_for(run, options),
          {.include = tags.include,
           .exclude = tags.exclude,
           .rename = tags.rename,
           .alias = tags.alias,
           .style = tag_style_of(tags.style)}};
}

}  // namespace tagloom

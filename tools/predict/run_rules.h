#pragma once
// Builds the tag rules for a run from the command line.
#include "models/trained_run.h"
#include "tools/predict/predict_options.h"
#include "tools/tag_rules/tag_rules.h"

namespace tagloom {

// Throws Error(kUsage) if the options name the thresholds of a run that has none.
void require_run_thresholds(const PredictOptions& options);

// --top-k, --threshold and --min-score replace the run's decode.selection; a tag must satisfy all that are given. A tag that --min-score
// does not name needs a score above --threshold, or else above the run's own threshold.
TagRules rules_for(const TrainedRun& run, const PredictOptions& options);

}  // namespace tagloom

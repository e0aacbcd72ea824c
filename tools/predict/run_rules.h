#pragma once
// The rules of a command line for the tags of a run.
#include "models/trained_run.h"
#include "tools/predict/predict_options.h"
#include "tools/tag_rules/tag_rules.h"

namespace tagloom {

// --top-k, --threshold and --min-score replace the run's decode.selection; together, a tag must satisfy all. A tag that --min-score does
// not name needs a score above --threshold or else the run's own threshold.
TagRules rules_for(const TrainedRun& run, const PredictOptions& options);

}  // namespace tagloom

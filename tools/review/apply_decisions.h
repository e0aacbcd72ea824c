#pragma once
// tagpredict --apply: writes the decisions of a review as a person's tags.
#include "tools/predict/predict_options.h"

namespace tagloom {

// Returns the exit code.
int apply_decisions(const PredictOptions& options);

}  // namespace tagloom

#pragma once
// tagpredict --apply: writes the decisions of a review as the user's own tags.
#include "tools/predict/predict_options.h"

namespace tagloom {

// Returns the exit code.
int apply_decisions(const PredictOptions& options);

}  // namespace tagloom

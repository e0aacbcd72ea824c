#pragma once
// Adds tag names to the steps of a sequence model, for --explain.
#include "engine/data/vocabulary.h"
#include "models/decoding/step_path.h"
#include "tools/predict/tagged_picture.h"

namespace tagloom {

// The names are those of the model's vocabulary, even if rules rename the tags.
std::vector<NamedStep> named_steps(const StepPath& path, const Vocabulary& vocabulary);

std::string step_scores_name(StepScores scores);  // "softmax", "sigmoid" or ""

}  // namespace tagloom

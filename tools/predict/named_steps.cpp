#include "tools/predict/named_steps.h"

namespace tagloom {
namespace {

NamedStep::Candidate named(const StepTag& step, const Vocabulary& vocabulary) {
  if (step.tag == vocabulary.size()) return {"", step.probability, true};
  return {vocabulary.name(step.tag), step.probability};
}

}  // namespace

std::vector<NamedStep> named_steps(const StepPath& path, const Vocabulary& vocabulary) {
  std::vector<NamedStep> steps;
  for (const PathStep& step : path) {
    NamedStep& one = steps.emplace_back();
    if (step.chosen.tag >= 0) one.chosen = named(step.chosen, vocabulary);
    for (const StepTag& competing : step.competing) one.competing.push_back(named(competing, vocabulary));
  }
  return steps;
}

std::string step_scores_name(StepScores scores) {
  return scores == StepScores::kSoftmax ? "softmax" : scores == StepScores::kSigmoid ? "sigmoid" : "";
}

}  // namespace tagloom

#pragma once
// Lists the tags of a dataset that are probably wrong or missing (engine/metrics/label_suspects.h).
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "engine/data/dataset.h"
#include "engine/metrics/label_suspects.h"
#include "engine/train/evaluation.h"
#include "tools/setup/trained_on.h"

namespace tagloom {

struct SuspectList {
  std::vector<LabelSuspect> first;       // the suspects with the largest margins; `picture` is an index of the dataset
  int64_t found = 0;                     // number of all suspects
  int64_t held_out = 0, trained_on = 0;  // pictures judged, and pictures excluded because the run was trained on them
  int64_t tags = 0, tags_judged = 0;
};

// Throws Error(kUsage) if the run was trained on every picture.
void require_held_out(const Dataset& dataset, const TrainedOn& trained_on);

// Finds the `most` suspects with the largest margins among the pictures that the run was not trained on.
SuspectList find_suspects(const EvaluationOutput& output, const Dataset& dataset, const TrainedOn& trained_on, int64_t most);

std::string suspects_text(const SuspectList& list, const Dataset& dataset);  // a heading, then a line for each
// {"found", "held_out", "trained_on", "tags", "tags_judged", "definition", "list": [{"picture", "tag", "kind", "score", "usual",
// "margin"}]}
nlohmann::ordered_json suspects_json(const SuspectList& list, const Dataset& dataset);

}  // namespace tagloom

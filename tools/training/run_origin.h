#pragma once
// The settings and training data that a run must keep when it resumes, saved in its checkpoints.
//
//   train.seed = 1
//   data.train rows = 4500
#include <map>
#include <string>

#include "tools/training/training_data.h"

namespace tagloom {

using RunOrigin = std::map<std::string, std::string>;

// The settings that may not change on resume, and of the manifests the rows, the pictures used, and a hash of paths and tags in their
// order. Modification times, folders and tags outside the vocabulary do not count, so a dataset may be copied.
RunOrigin run_origin(const Settings& settings, const TrainingData& data);

std::string origin_text(const RunOrigin& origin);
RunOrigin read_origin(const std::string& checkpoint);  // empty if an older version wrote it

// A resumed run. Each throws if it differs from `origin`, with the difference and the way out; an entry that either side lacks is not
// compared. `before` are the settings in the run's config.toml, for checkpoints without origin and for files that only a new run
// reads: a changed data.vocabulary or backbone.weights must name a file with the same content.
void require_same_settings(const RunOrigin& origin, const Settings& before, const Settings& now);  // Error(kUsage)
void require_same_files(const RunOrigin& origin, const Settings& before, const Settings& now, const Vocabulary& vocabulary);
void require_same_data(const RunOrigin& origin, const Settings& now, const TrainingData& data);  // Error(kData)

// Leaves the pictures out of `table` that could not be read when the run began, as `origin` has them under `key`; without an entry, adds
// one. Returns how many of them could be read now. Throws Error(kData) if another one cannot be read.
int64_t leave_out_as_before(const std::string& key, const Dataset& dataset, RunOrigin& origin, FeatureTable& table);

// The run's config.toml: unchanged if the settings are, else with the new values and one more command line in its heading.
std::string resumed_config(const std::string& config, const Settings& before, const Settings& now,
                           const std::vector<std::string>& arguments);

}  // namespace tagloom

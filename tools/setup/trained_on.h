#pragma once
// Determines which pictures a run was trained on.
#include <filesystem>
#include <string>
#include <unordered_set>

#include "models/trained_run.h"

namespace tagloom {

class TrainedOn {
 public:
  // Reads the run's data.train and repeats its split (data.validation_fraction, train.seed). Validation pictures count as trained
  // on if the model was refitted to them (fit.refit), or if the manifest no longer has as many pictures as when the run began, because its
  // split is then a different one. If data.train cannot be read, problem() is not empty.
  explicit TrainedOn(const TrainedRun& run);

  bool contains(const std::filesystem::path& picture) const;
  const std::string& problem() const { return problem_; }  // why data.train cannot be read, without a full stop; empty if it can

 private:
  std::unordered_set<std::string> files_;
  std::string problem_;
};

}  // namespace tagloom

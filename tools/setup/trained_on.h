#pragma once
// Determines which pictures a run was trained on.
#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "engine/data/dataset.h"
#include "models/trained_run.h"

namespace tagloom {

class TrainedOn {
 public:
  // Reads the run's data.train and repeats its split (data.validation_fraction, train.seed). Validation pictures count as trained
  // on if the model was refitted to them (fit.refit), or if the manifest no longer has as many pictures as when the run began, because its
  // split is then a different one. If data.train or some of its pictures cannot be read, problem() is not empty.
  explicit TrainedOn(const TrainedRun& run);

  // Whether the dataset's picture is one of these files, under any path, or has the same bytes as one: a copy under any name. That of a
  // pack is one of the same pack, or has the same bytes.
  bool contains(const Dataset& dataset, int64_t index) const;
  const std::string& problem() const { return problem_; }  // what cannot be read, without a full stop; else empty

 private:
  struct OfSize {
    std::vector<std::string> files;                // not read yet
    std::vector<std::span<const uint8_t>> packed;  // not hashed yet; in packs_
    std::unordered_set<uint64_t> contents;
  };
  void add(const Dataset& dataset);

  std::unordered_set<std::string> files_;                  // canonical paths
  mutable std::unordered_map<uintmax_t, OfSize> by_size_;  // files are hashed only for a picture of the same size
  std::vector<Dataset> packs_;
  int64_t unreadable_ = 0;
  std::string first_unreadable_;
  std::string problem_;
};

}  // namespace tagloom

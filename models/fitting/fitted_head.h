#pragma once
// A head that is fitted at once to the features of all training pictures, with no gradient steps and no epochs: neighbours and
// linear machines.
//
//   fit     stores or computes what predictions need, with one value for each of choices()
//   choose  fits with every combination of the values that settings list, and keeps the one that is best on held-out pictures
//
// The metadata of the run's files records the chosen values under their setting's key ("neighbours.k").
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "models/taggers/tagger_head.h"

namespace tagloom {

struct FitPictures {
  Tensor features;                         // Real [R,F]
  std::vector<std::vector<int32_t>> tags;  // of each picture, in the dataset's order
  int64_t size() const { return static_cast<int64_t>(tags.size()); }
};

// Concatenates both, in this order.
FitPictures joined(const FitPictures& a, const FitPictures& b);

// A setting that a fit chooses from several values; with one value there is nothing to choose.
struct FitChoice {
  std::string key;
  std::vector<double> values;
  double chosen = 0;  // at first, the first value
};

// Values for all choices, in their order.
using FitValues = std::vector<std::pair<std::string, double>>;

struct ChoosingHooks {
  std::function<double(const Predictions&)> judge;                   // scores the held-out pictures; larger is better
  std::function<void(const FitValues&, double judgement)> on_trial;  // after each combination; may be empty
};

// Checks that all fitted heads share: a frozen backbone, each picture read once, no loss, no steps. Throws Error(kUsage).
void check_fitted(const Sections& run);

class FittedHead : public TaggerHead {
 public:
  const std::vector<FitChoice>& choices() const { return choices_; }
  bool has_to_choose() const;
  FitValues chosen() const;

  void fit(const FitPictures& train);
  // Leaves the head fitted to `train` with the best combination; ties: the first.
  void choose(const FitPictures& train, const FitPictures& held_out, const ChoosingHooks& hooks);

  Var loss(const Var& features, const Batch& batch) final;  // throws Error(kUsage)
  SafetensorsMetadata metadata() const override;
  void set_metadata(const SafetensorsMetadata& metadata, const std::string& path) override;

 protected:
  explicit FittedHead(std::vector<FitChoice> choices);
  double chosen(const std::string& key) const;
  int64_t chosen_count(const std::string& key) const;  // as a count, at least 1

  virtual void prepare(const FitPictures& train) = 0;  // the part that choices do not affect
  virtual void adjust() {}                             // the part that choices affect; after prepare()

 private:
  std::vector<FitChoice> choices_;
};

// A tensor into which loading can read `name`: a -1 in `shape` takes that size from the file. If the file's shape does not match,
// loading reports the difference.
Tensor tensor_of_file(const Safetensors& file, const std::string& name, const Shape& shape);

}  // namespace tagloom

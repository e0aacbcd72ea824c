#pragma once
// A head that is fitted at once to the features of all training pictures, with no gradient steps and no epochs: neighbours and
// linear machines.
//
//   fit     keeps or computes what predictions need, with one value for each of choices()
//   choose  fits with every combination of the values that settings list, and keeps the one that held-out pictures like best
//
// What was chosen stands in the metadata of the run's files, under the setting's key ("neighbours.k").
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

// The pictures of both, in this order.
FitPictures joined(const FitPictures& a, const FitPictures& b);

// A setting that a fit may choose, with the values to try. One value: nothing to choose.
struct FitChoice {
  std::string key;
  std::vector<double> values;
  double chosen = 0;  // the first of the values at the start
};

// Values for all choices, in their order.
using FitValues = std::vector<std::pair<std::string, double>>;

struct ChoosingHooks {
  std::function<double(const Predictions&)> judge;                   // of the held-out pictures: the larger, the better
  std::function<void(const FitValues&, double judgement)> on_trial;  // after each; may be empty
};

// The checks that all kinds of fitted heads share: a backbone that is not trained, each picture seen once, no loss, no steps. Throws
// Error(kUsage).
void check_fitted(const Sections& run);

class FittedHead : public TaggerHead {
 public:
  const std::vector<FitChoice>& choices() const { return choices_; }
  bool has_to_choose() const;
  FitValues chosen() const;

  void fit(const FitPictures& train);
  // Leaves the head fitted to `train` with the best combination; the first of equals.
  void choose(const FitPictures& train, const FitPictures& held_out, const ChoosingHooks& hooks);

  Var loss(const Var& features, const Batch& batch) final;  // throws Error(kUsage): there is none
  SafetensorsMetadata metadata() const override;
  void set_metadata(const SafetensorsMetadata& metadata, const std::string& path) override;

 protected:
  explicit FittedHead(std::vector<FitChoice> choices);
  double chosen(const std::string& key) const;
  int64_t chosen_count(const std::string& key) const;  // as a number of things, at least 1

  virtual void prepare(const FitPictures& train) = 0;  // what no choice changes
  virtual void adjust() {}                             // what choices change, after prepare()

 private:
  std::vector<FitChoice> choices_;
};

// The tensor `name` of a file that is about to be loaded, in the shape that it has there where that agrees with `shape`, whose -1
// stand for sizes that only the file knows; else in one that loading will complain about.
Tensor tensor_of_file(const Safetensors& file, const std::string& name, const Shape& shape);

}  // namespace tagloom

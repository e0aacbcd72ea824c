#pragma once
// What stands on a backbone's features and writes tags: the rank model, the multi-order model, the plain classifier.
#include "engine/nn/layers.h"
#include "engine/train/tagger.h"

namespace tagloom {

class TaggerHead : public Module {
 public:
  virtual Var loss(const Var& features, const Batch& batch) = 0;         // features [N,F] -> one number
  virtual Predictions predict(const Var& features) = 0;
  virtual int64_t tag_count() const = 0;
};

// How a loss over pictures, steps and tags becomes one number.
enum class LossReduction {
  kSumLabelsMeanBatch,  // summed over tags and steps, divided by the pictures of the batch
  kMeanTokens,          // divided by the tags that were asked for (NeuralTalk2)
  kSum,                 // summed over everything (the papers' formulas)
};

}  // namespace tagloom

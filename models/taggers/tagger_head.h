#pragma once
// What stands on a backbone's features and writes tags: the rank model, the multi-order model, the plain classifier.
#include "engine/nn/layers.h"
#include "engine/train/tagger.h"
#include "models/settings/settings.h"

namespace tagloom {

class TaggerHead : public Module {
 public:
  virtual Var loss(const Var& features,
                   const Batch& batch) = 0;  // features [N,F] -> one number; of a map F = P*Q*C, place by place
  virtual Predictions predict(const Var& features) = 0;
  virtual int64_t tag_count() const = 0;
};

// What a loss summed over tags and steps is multiplied by: 1, one over the pictures, or one over the terms of the sum.
inline Real reduction_factor(LossReduction reduction, int64_t pictures, int64_t terms) {
  switch (reduction) {
    case LossReduction::kSum:
      return 1;
    case LossReduction::kMeanTokens:
      return Real(1) / terms;
    default:
      return Real(1) / pictures;
  }
}

}  // namespace tagloom

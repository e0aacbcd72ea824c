#pragma once
// The plain classifier everything is compared with: batch norm, dropout, one linear layer, binary cross-entropy.
//
//   f = W dropout(BN(x)) + b,   L = -sum_c [y_c log s(f_c) + (1 - y_c) log(1 - s(f_c))],   s the logistic function
#include <optional>

#include "models/taggers/tagger_head.h"

namespace tagloom {

struct ClassifierOptions {
  int64_t features = 0, tags = 0;
  Real dropout = Real(0.5);
  bool batch_norm = true;
  LossReduction reduction = LossReduction::kSumLabelsMeanBatch;
};

class Classifier : public TaggerHead {
 public:
  explicit Classifier(const ClassifierOptions& options);
  Var logits(const Var& features);  // [N,F] -> [N,V]
  Var loss(const Var& features, const Batch& batch) override;
  Var loss_of_logits(const Var& logits, const Batch& batch) const;
  Predictions predict(const Var& features) override;  // scores are probabilities
  int64_t tag_count() const override { return options_.tags; }

 private:
  ClassifierOptions options_;
  std::optional<BatchNorm> norm_;
  Linear output_;
};

}  // namespace tagloom

#include "models/taggers/classifier.h"

namespace tagloom {

Classifier::Classifier(const ClassifierOptions& options) : options_(options), output_(options.features, options.tags) {
  if (options.batch_norm) {
    norm_.emplace(options.features);
    add("norm", *norm_);
  }
  add("output", output_);
}

Var Classifier::logits(const Var& features) { return output_(dropout(norm_ ? (*norm_)(features) : features, options_.dropout)); }

Var Classifier::loss(const Var& features, const Batch& batch) { return loss_of_logits(logits(features), batch); }

Var Classifier::loss_of_logits(const Var& logits, const Batch& batch) const {
  const int64_t n = logits.size(0);
  const Real factor = reduction_factor(options_.reduction, n, n * options_.tags);
  return sigmoid_masked_bce(reshape(logits, {1, n, options_.tags}), batch.labels, {}, kernels::BceMask::kNone,
                            kernels::StepGate::kAll, factor);
}

Predictions Classifier::predict(const Var& features) {
  Predictions predictions;
  predictions.tag_count = options_.tags;
  const std::vector<Real> scores = sigmoid(logits(features)).value().to_vector();
  predictions.scores.assign(scores.begin(), scores.end());
  return predictions;
}

}  // namespace tagloom

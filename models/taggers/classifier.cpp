#include "models/taggers/classifier.h"

#include "engine/metrics/tag_selection.h"
#include "models/taggers/tag_loss.h"

namespace tagloom {

Classifier::Decision::Decision(const ClassifierOptions& options)
    : first(options.features, 100), second(100, 10), thresholds(10, options.tags) {
  add("0", first);
  add("1", second);
  add("2", thresholds);
}

Classifier::Classifier(const ClassifierOptions& options) : options_(options), output_(options.features, options.tags) {
  if (options.batch_norm) {
    norm_.emplace(options.features);
    add("norm", *norm_);
  }
  add("output", output_);
  if (options.loss.decision) {
    decision_.emplace(options);
    add("decision", *decision_);
  }
}

Classifier::Output Classifier::output(const Var& features) {
  const Var x = norm_ ? (*norm_)(features) : features;
  Output output{output_(dropout(x, options_.dropout)), {}};
  if (decision_) {
    Tape& tape = features.tape();
    const Var hidden = relu(decision_->second(relu(decision_->first(tape.constant(x.value())))));
    output.decided = tagloom::add(tape.constant(output.logits.value()), scale(decision_->thresholds(hidden), -1));
  }
  return output;
}

Var Classifier::logits(const Var& features) { return output(features).logits; }

Var Classifier::loss(const Var& features, const Batch& batch) {
  const Output out = output(features);
  const Var ranked = tag_loss(options_.loss, out.logits, batch);
  return decision_ ? tagloom::add(ranked, tag_loss({.reduction = options_.loss.reduction}, out.decided, batch)) : ranked;
}

Predictions Classifier::predict(const Var& features) {
  const Output out = output(features);
  Predictions predictions;
  predictions.tag_count = options_.tags;
  const std::vector<Real> scores = (decision_ ? sigmoid(out.decided) : tag_scores(options_.loss, out.logits)).value().to_vector();
  predictions.scores.assign(scores.begin(), scores.end());
  if (decision_) {  // by score alone, tags with low thresholds would come first
    const std::vector<Real> f = out.logits.value().to_vector();
    const std::vector<float> logits(f.begin(), f.end());
    for (int64_t i = 0; i < features.size(0); ++i) {
      predictions.ranking.push_back(rank_by_score(std::span(logits).subspan(i * options_.tags, options_.tags), options_.tags));
    }
  }
  return predictions;
}

}  // namespace tagloom

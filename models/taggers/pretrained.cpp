#include "models/taggers/pretrained.h"

namespace tagloom {

void PretrainedOptions::declare(SettingTable&) {}

void PretrainedOptions::check(const Sections& run) const {
  TL_CHECK(run.backbone.layer == BackboneLayer::kLogits,
           "model.kind = \"pretrained\" gives the classes of the backbone's classifier: set backbone.layer = \"logits\"");
  check_fitted(run);
}

std::unique_ptr<TaggerHead> PretrainedOptions::build(int64_t features, const TagStatistics& tags) const {
  TL_CHECK(features == tags.size(), "[pretrained] the classifier has {} classes, but the vocabulary has {} tags", features,
           tags.size());
  return std::make_unique<Pretrained>(features);
}

Predictions Pretrained::predict(const Var& features) {
  Predictions predictions;
  predictions.tag_count = classes_;
  const std::vector<Real> scores = softmax(features).value().to_vector();
  predictions.scores.assign(scores.begin(), scores.end());
  return predictions;
}

}  // namespace tagloom

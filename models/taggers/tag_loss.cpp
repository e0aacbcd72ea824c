#include "models/taggers/tag_loss.h"

#include "models/taggers/tagger_head.h"

namespace tagloom {
namespace {

// A row of logits for each true tag, so that the cross-entropy of sequences serves: its gradients add up to softmax(f) - y/|y|.
Var softmax_loss(const Var& logits, const Batch& batch, Real factor) {
  std::vector<int32_t> picture, tag;
  std::vector<Real> share;
  for (size_t i = 0; i < batch.tags.size(); ++i) {
    for (int32_t of_picture : batch.tags[i]) {
      picture.push_back(static_cast<int32_t>(i));
      tag.push_back(of_picture);
      share.push_back(factor / static_cast<Real>(batch.tags[i].size()));
    }
  }
  const auto rows = static_cast<int64_t>(tag.size());
  const Device device = logits.device();
  Tape& tape = logits.tape();
  return softmax_xent(embedding(logits, tape.from(picture, {rows}, device)), tape.from(tag, {rows}, device),
                      tape.from(share, {rows}, device));
}

}  // namespace

Var tag_loss(const LossSettings& loss, const Var& logits, const Batch& batch) {
  using kernels::HingeRank;
  const int64_t n = logits.size(0), v = logits.size(1);
  const Real factor = reduction_factor(loss.reduction, n, n * v);
  kernels::FocalBceShape each{.n = n,
                              .v = v,
                              .positive_weight = static_cast<Real>(loss.positive_weight),
                              .smoothing = static_cast<Real>(loss.label_smoothing)};
  switch (loss.classifier) {
    case ClassifierLoss::kBce:
      if (loss.positive_weight == 1 && loss.label_smoothing == 0) {
        return sigmoid_masked_bce(reshape(logits, {1, n, v}), batch.labels, {}, kernels::BceMask::kNone, kernels::StepGate::kAll,
                                  factor);
      }
      return focal_bce(logits, batch.labels, each, factor);
    case ClassifierLoss::kFocal:
      each.gamma_positive = each.gamma_negative = static_cast<Real>(loss.gamma);
      return focal_bce(logits, batch.labels, each, factor);
    case ClassifierLoss::kAsl:
      each.gamma_positive = static_cast<Real>(loss.gamma_positive);
      each.gamma_negative = static_cast<Real>(loss.gamma_negative);
      each.margin = static_cast<Real>(loss.margin);
      each.epsilon = Real(1e-8);  // the authors' code
      return focal_bce(logits, batch.labels, each, factor);
    case ClassifierLoss::kSoftmax:
      return softmax_loss(logits, batch, factor);
    case ClassifierLoss::kPairwise:
      return hinge_rank(
          logits, batch.labels,
          {.n = n, .v = v, .kind = loss.sampled ? HingeRank::kSampledPairs : HingeRank::kPairs, .most_pairs = loss.most_pairs},
          factor);
    case ClassifierLoss::kWarp:
      return hinge_rank(logits, batch.labels, {.n = n, .v = v, .kind = loss.sampled ? HingeRank::kSampledWarp : HingeRank::kWarp},
                        factor);
    case ClassifierLoss::kLsep:
      return lsep(logits, batch.labels, factor);
  }
  fail(ErrorKind::kInternal, "[tag_loss] unknown loss");
}

Var tag_scores(const LossSettings& loss, const Var& logits) {
  return loss.classifier == ClassifierLoss::kSoftmax ? softmax_probabilities(logits) : sigmoid(logits);
}

}  // namespace tagloom

#include "models/taggers/tag_loss.h"

#include <algorithm>

#include "models/taggers/tagger_head.h"

namespace tagloom {
namespace {

kernels::FocalBceShape shape_of(const LossOptions& loss, const Var& logits) {
  return {.n = logits.size(0),
          .v = logits.size(1),
          .positive_weight = static_cast<Real>(loss.positive_weight),
          .smoothing = static_cast<Real>(loss.label_smoothing)};
}

Var bce(const LossOptions& loss, const Var& logits, const Batch& batch, Real factor) {
  if (loss.positive_weight != 1 || loss.label_smoothing != 0)
    return focal_bce(logits, batch.labels, shape_of(loss, logits), factor);
  return sigmoid_masked_bce(reshape(logits, {1, logits.size(0), logits.size(1)}), batch.labels, {}, kernels::BceMask::kNone,
                            kernels::StepGate::kAll, factor);
}

Var focal(const LossOptions& loss, const Var& logits, const Batch& batch, Real factor) {
  kernels::FocalBceShape shape = shape_of(loss, logits);
  shape.gamma_positive = shape.gamma_negative = static_cast<Real>(loss.gamma);
  return focal_bce(logits, batch.labels, shape, factor);
}

Var asymmetric(const LossOptions& loss, const Var& logits, const Batch& batch, Real factor) {
  kernels::FocalBceShape shape = shape_of(loss, logits);
  shape.gamma_positive = static_cast<Real>(loss.gamma_positive);
  shape.gamma_negative = static_cast<Real>(loss.gamma_negative);
  shape.margin = static_cast<Real>(loss.margin);
  shape.epsilon = Real(1e-8);  // as in the authors' code
  return focal_bce(logits, batch.labels, shape, factor);
}

// Uses the cross-entropy of sequences on one row of logits per true tag: its gradients add up to softmax(f) - y/|y|.
Var softmax_loss(const LossOptions&, const Var& logits, const Batch& batch, Real factor) {
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

Var pairwise(const LossOptions& loss, const Var& logits, const Batch& batch, Real factor) {
  using kernels::HingeRank;
  return hinge_rank(logits, batch.labels,
                    {.n = logits.size(0),
                     .v = logits.size(1),
                     .kind = loss.sampled ? HingeRank::kSampledPairs : HingeRank::kPairs,
                     .most_pairs = loss.most_pairs},
                    factor);
}

Var warp(const LossOptions& loss, const Var& logits, const Batch& batch, Real factor) {
  using kernels::HingeRank;
  return hinge_rank(logits, batch.labels,
                    {.n = logits.size(0), .v = logits.size(1), .kind = loss.sampled ? HingeRank::kSampledWarp : HingeRank::kWarp},
                    factor);
}

Var pairwise_exponential(const LossOptions&, const Var& logits, const Batch& batch, Real factor) {
  return lsep(logits, batch.labels, factor);
}

struct TagLoss {
  const char* name;
  Var (*of)(const LossOptions&, const Var& logits, const Batch&, Real factor);
};
constexpr TagLoss kTagLosses[] = {
    {"bce", bce},     {"softmax", softmax_loss}, {"pairwise", pairwise}, {"warp", warp}, {"lsep", pairwise_exponential},
    {"focal", focal}, {"asl", asymmetric},
};

}  // namespace

std::vector<std::string> tag_loss_names() {
  std::vector<std::string> names;
  for (const TagLoss& loss : kTagLosses) names.emplace_back(loss.name);
  return names;
}

void LossOptions::declare(SettingTable& table) {
  SettingRows loss = table.section("loss");
  rows::reduction(loss, reduction);
  loss.text(
      "classifier", classifier,
      "The classifier's loss: each tag independently (bce; focal and asl down-weight easy tags), the tags as one distribution "
      "(softmax), or ranking true tags above the others (pairwise, warp, lsep).",
      tag_loss_names());
  loss.own_kind_only();
  loss.real("positive_weight", positive_weight, above(0), "Weight of true tags relative to the others (bce, focal, asl).");
  rows::label_smoothing(loss, label_smoothing);
  loss.real("gamma", gamma, at_least(0), "Exponent that down-weights easy tags (focal).");
  loss.real("gamma_positive", gamma_positive, at_least(0), "The same for true tags (asl).");
  loss.real("gamma_negative", gamma_negative, at_least(0), "The same for the other tags (asl).");
  loss.real("margin", margin, below(0, 1), "Probability below which a wrong tag adds nothing to the loss (asl).");
  loss.flag(
      "sampled", sampled,
      "pairwise: draw loss.most_pairs pairs per picture; warp: draw other tags until one violates the margin; else all pairs.");
  loss.integer("most_pairs", most_pairs, count_from(1), "Pairs drawn per picture (pairwise with loss.sampled).");
}

void LossOptions::check() const {
  TL_CHECK(!sampled || classifier == "pairwise" || classifier == "warp",
           "loss.sampled draws pairs of tags: it needs loss.classifier = \"pairwise\" or \"warp\"");
}

Var tag_loss(const LossOptions& loss, const Var& logits, const Batch& batch) {
  const Real factor = reduction_factor(loss.reduction, logits.size(0), logits.size(0) * logits.size(1));
  for (const TagLoss& known : kTagLosses) {
    if (loss.classifier == known.name) return known.of(loss, logits, batch, factor);
  }
  fail(ErrorKind::kInternal, "[tag_loss] there is no loss \"{}\"", loss.classifier);
}

Var tag_scores(const LossOptions& loss, const Var& logits) {
  return loss.is_softmax() ? softmax_probabilities(logits) : sigmoid(logits);
}

}  // namespace tagloom

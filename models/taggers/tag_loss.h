#pragma once
// The losses for sets of tags: one number from the scores of all tags and the true tags. The headers of kernels/loss have the
// equations. With y the true tags, f the scores:
//
//   bce, focal, asl     each tag independently
//   softmax             -sum_{l in y} log softmax(f)_l / |y|       (Gong et al. 2014, Eq. 1-2)
//   pairwise, warp      hinges between true tags and others
//   lsep                log(1 + sum over pairs of exp(f_n - f_p))  (Li, Song and Luo 2017)
#include <string>

#include "engine/ops/ops.h"
#include "engine/train/tagger.h"
#include "models/taggers/tagger_rows.h"

namespace tagloom {

struct LossOptions {
  LossReduction reduction = LossReduction::kAuto;
  std::string classifier = "bce";  // one of tag_loss_names()
  double positive_weight = 1;
  double label_smoothing = 0;
  double gamma = 2;
  double gamma_positive = 0;
  double gamma_negative = 4;
  double margin = 0.05;
  bool sampled = false;
  int64_t most_pairs = 1000;

  void declare(SettingTable& table);  // section loss
  void check() const;                 // throws Error(kUsage)
  bool is_softmax() const { return classifier == "softmax"; }
};

std::vector<std::string> tag_loss_names();

// logits [N,V], the batch's labels and, for softmax, its tags -> one number: the pictures' losses reduced by loss.reduction.
Var tag_loss(const LossOptions& loss, const Var& logits, const Batch& batch);

// The scores of each picture: softmax(f) with the softmax loss, else the logistic function of each logit. No gradient flows.
Var tag_scores(const LossOptions& loss, const Var& logits);

}  // namespace tagloom

#pragma once
// What a classifier of tag sets learns by: one number from the scores of all tags and the tags that are true. settings.h,
// loss.classifier names them; the kernels' headers (kernels/loss) have the equations. With y the true tags, f the scores:
//
//   bce, focal, asl     each tag by itself
//   softmax             -sum_{l in y} log softmax(f)_l / |y|       (Gong et al. 2014, Eq. 1-2)
//   pairwise, warp      hinges between true tags and others
//   lsep                log(1 + sum over pairs of exp(f_n - f_p))  (Li, Song and Luo 2017)
#include "engine/ops/ops.h"
#include "engine/train/tagger.h"
#include "models/settings/settings.h"

namespace tagloom {

// logits [N,V], the batch's labels and, for softmax, tags -> one number: the sum over pictures by loss.reduction.
Var tag_loss(const LossSettings& loss, const Var& logits, const Batch& batch);

// What a picture's scores are told as: softmax(f) for softmax, else the logistic function of each. No gradient flows.
Var tag_scores(const LossSettings& loss, const Var& logits);

}  // namespace tagloom

// Losses on sets of tags. Each kernel computes the gradient with the loss; backward only scales it.
#include "kernels/loss/tag_losses.h"
#include "engine/ops/ops.h"
#include "kernels/math/arithmetic.h"

namespace tagloom {
namespace {

using kernels::Into;

// kernel(loss of each picture, gradient or null)
template <class Kernel>
Var tag_loss(const char* name, const Var& logits, const Tensor& labels, Kernel&& kernel) {
  TL_CHECK(logits.rank() == 2 && labels.shape() == logits.shape(), "[{}] logits are {}, labels are {}", name, logits.shape(),
           labels.shape());
  Tape& tape = logits.tape();
  const int64_t pictures = logits.size(0);
  Tensor rows = tape.empty(logits.device(), {pictures}), loss = tape.empty(logits.device(), {1});
  Tensor dlogits = tape.recording() ? tape.empty(logits.device(), logits.shape()) : Tensor();
  kernel(rows.data(), dlogits.defined() ? dlogits.data() : nullptr);
  TL_ON(logits.queue(), sum(logits.queue(), pictures, rows.data(), loss.data(), Into::kOverwrite));
  return tape.record(name, {logits}, loss, [dlogits](Backward& b) {
    TL_ON(b.queue(),
          scale_by(b.queue(), dlogits.count(), b.doutput(0).data(), Real(1), dlogits.data(), b.dinput(0).data(), b.into(0)));
  });
}

}  // namespace

Var focal_bce(const Var& logits, const Tensor& labels, kernels::FocalBceShape how, Real scale) {
  return tag_loss("focal_bce", logits, labels, [&](Real* loss, Real* dlogits) {
    how.n = logits.size(0), how.v = logits.size(1);
    TL_ON(logits.queue(), focal_bce(logits.queue(), how, logits.data(), labels.data<uint8_t>(), scale, loss, dlogits));
  });
}

Var lsep(const Var& logits, const Tensor& labels, Real scale) {
  return tag_loss("lsep", logits, labels, [&](Real* loss, Real* dlogits) {
    const kernels::LsepShape shape{logits.size(0), logits.size(1)};
    TL_ON(logits.queue(), lsep(logits.queue(), shape, logits.data(), labels.data<uint8_t>(), scale, loss, dlogits));
  });
}

Var hinge_rank(const Var& logits, const Tensor& labels, kernels::HingeRankShape how, Real scale) {
  return tag_loss("hinge_rank", logits, labels, [&](Real* loss, Real* dlogits) {
    how.n = logits.size(0), how.v = logits.size(1);
    const OpKey key = logits.tape().next_op_key();
    TL_ON(logits.queue(), hinge_rank(logits.queue(), how, logits.data(), labels.data<uint8_t>(), key, scale, loss, dlogits));
  });
}

}  // namespace tagloom

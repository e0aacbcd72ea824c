#pragma once
// A tagger that consists of a head only, to train on cached features.
#include <memory>

#include "models/taggers/tagger_head.h"

namespace tagloom::test {

class HeadAlone : public Tagger {
 public:
  explicit HeadAlone(std::unique_ptr<TaggerHead> head, bool mixed_precision = false)
      : head_(std::move(head)), mixed_precision_(mixed_precision) {
    add("", *head_);
    reset({1, 0});
  }
  Var loss(Tape& tape, const Batch& batch) override { return head_->loss(features(tape, batch), batch); }
  bool prepare(Batch& batch) override { return head_->prepare(batch); }
  void begin_step(int64_t iteration) override { head_->begin_step(iteration); }
  Predictions predict(const Batch& batch) override {
    Tape tape(Tape::kForwardOnly);
    return head_->predict(features(tape, batch));
  }
  Var features(Tape& tape, const Batch& batch) override {
    tape.set_mixed_precision(mixed_precision_);
    return tape.constant(batch.features);
  }
  int64_t tag_count() const override { return head_->tag_count(); }

 private:
  std::unique_ptr<TaggerHead> head_;
  bool mixed_precision_;
};

}  // namespace tagloom::test

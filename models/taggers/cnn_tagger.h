#pragma once
// A whole tagger: a backbone that reads the picture, a head that writes its tags. Parameters of the backbone are named
// "cnn.…", those of the head stand beside it ("lstm.weight_ih").
#include <memory>
#include <optional>

#include "models/backbones/backbone.h"
#include "models/backbones/frozen_backbone.h"
#include "models/taggers/tagger_head.h"

namespace tagloom {

struct CnnTaggerOptions {
  bool mixed_precision = false;                // the head multiplies in bfloat16
  bool feature_root = false;                   // the head reads the features' signed square roots
  std::optional<bool> freeze_batch_norm = {};  // train the backbone with its running statistics; nothing: where it has weights to
                                               // start from; not a setting
  void declare(SettingRows& model);
};

// How the backbone is trained and in which precision it computes is in its own options (BackboneOptions).
class CnnTagger : public Tagger {
 public:
  CnnTagger(std::unique_ptr<Backbone> cnn, std::unique_ptr<TaggerHead> head, const CnnTaggerOptions& options);

  Var loss(Tape& tape, const Batch& batch) override;
  bool prepare(Batch& batch) override;  // of a frozen backbone the features too
  Predictions predict(const Batch& batch) override;
  Var features(Tape& tape, const Batch& batch) override;
  int64_t tag_count() const override { return head_->tag_count(); }
  void begin_step(int64_t iteration) override;
  SafetensorsMetadata metadata() const override;
  void set_metadata(const SafetensorsMetadata& metadata, const std::string& path) override;
  void size_from(const Safetensors& file) override;
  bool trains_backbone() const { return finetune_after() >= 0; }
  int64_t finetune_after() const { return cnn_->options().trained_from(); }

  Backbone& cnn() { return *cnn_; }
  TaggerHead& head() { return *head_; }

 private:
  Var for_head(Tape& tape, const Batch& batch);  // its features; what the tape records next is the head's
  bool trains_now() const;                       // the backbone, in this step
  Tensor frozen_features(const Tensor& images);  // [N,F]; holds until it is called again
  Tensor mean_with_mirrored(const Tensor& features, const Tensor& images);

  std::unique_ptr<Backbone> cnn_;
  std::unique_ptr<TaggerHead> head_;
  CnnTaggerOptions options_;
  std::unique_ptr<FrozenBackbone> frozen_;  // made on first use while the backbone is not trained
  int64_t frozen_of_ = 0;                   // replacements() when it was
  Tensor mean_;                             // of a picture's features and its mirror image's
};

}  // namespace tagloom

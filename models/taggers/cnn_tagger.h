#pragma once
// A complete tagger: a backbone computes the features of a picture, a head predicts its tags. The backbone's parameters are named
// "cnn.…", those of the head have no prefix ("lstm.weight_ih").
#include <memory>
#include <optional>

#include "models/backbones/backbone.h"
#include "models/backbones/frozen_backbone.h"
#include "models/taggers/tagger_head.h"

namespace tagloom {

struct CnnTaggerOptions {
  bool mixed_precision = false;                // the head multiplies in bfloat16
  bool feature_root = false;                   // the head reads the features' signed square roots
  std::optional<bool> freeze_batch_norm = {};  // train the backbone with its running statistics; empty: if it has a weights file
  void declare(SettingRows& model);
};

// BackboneOptions control how the backbone is trained, and its precision.
class CnnTagger : public Tagger {
 public:
  CnnTagger(std::unique_ptr<Backbone> cnn, std::unique_ptr<TaggerHead> head, const CnnTaggerOptions& options);

  Var loss(Tape& tape, const Batch& batch) override;
  bool prepare(Batch& batch) override;  // also computes the features of a frozen backbone
  Predictions predict(const Batch& batch) override;
  std::vector<StepPath> step_paths(const Batch& batch, int64_t competing);  // see TaggerHead
  StepScores step_scores() const { return head_->step_scores(); }
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
  Var for_head(Tape& tape, const Batch& batch);  // the head's input; sets the tape's precision for the head
  bool trains_now() const;                       // whether this step trains the backbone
  Tensor frozen_features(const Tensor& images);  // [N,F]; valid until the next call
  Tensor mean_with_mirrored(const Tensor& features, const Tensor& images);

  std::unique_ptr<Backbone> cnn_;
  std::unique_ptr<TaggerHead> head_;
  CnnTaggerOptions options_;
  std::unique_ptr<FrozenBackbone> frozen_;  // made on first use while the backbone is not trained
  int64_t frozen_version_ = 0;              // replacements() when frozen_ was made
  Tensor mean_;                             // of the features of the pictures and of their mirror images
};

}  // namespace tagloom

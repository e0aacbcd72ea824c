#include "models/taggers/cnn_tagger.h"

#include "kernels/math/arithmetic.h"

namespace tagloom {
namespace {

// A map [N,P,Q,C] as [N,P*Q*C]: one row per picture, the layout of features in caches and files.
Var as_rows(const Var& features) {
  if (features.rank() == 2) return features;
  return reshape(features, {features.size(0), features.value().count() / features.size(0)});
}

}  // namespace

void CnnTaggerOptions::declare(SettingRows& model) {
  model.flag(
      "mixed_precision", mixed_precision,
      "The head multiplies in bfloat16; sums, states, losses, weights and their gradients stay in fp32. Faster on CUDA and on "
      "a CPU with bfloat16 instructions, slower on other CPUs.");
  model.flag("feature_root", feature_root,
             "Replace features by their signed square roots (power normalisation); needs a frozen backbone.");
}

CnnTagger::CnnTagger(std::unique_ptr<Backbone> cnn, std::unique_ptr<TaggerHead> head, const CnnTaggerOptions& options)
    : cnn_(std::move(cnn)), head_(std::move(head)), options_(options) {
  add("cnn", *cnn_);
  add("", *head_);
  cnn_->freeze_batch_norm(options.freeze_batch_norm.value_or(!cnn_->options().weights.empty()));
  cnn_->set_trainable(finetune_after() == 0);
}

void CnnTagger::begin_step(int64_t iteration) {
  cnn_->set_trainable(trains_backbone() && iteration >= finetune_after());
  head_->begin_step(iteration);
}

Var CnnTagger::features(Tape& tape, const Batch& batch) {
  if (batch.features.defined()) return tape.constant(batch.features);
  if (trains_now()) {  // its weights change from step to step
    frozen_.reset();
    return as_rows(
        cnn_->forward(tape, batch.images, cnn_->options().precision == Precision::kBf16 ? DType::kBf16 : DType::kReal));
  }
  return tape.constant(frozen_features(batch.images));
}

bool CnnTagger::trains_now() const { return cnn_->parameters().front()->trainable; }

Tensor CnnTagger::frozen_features(const Tensor& images) {
  if (!frozen_ || frozen_version_ != replacements()) {
    frozen_.reset();  // frees its memory before the next one allocates
    frozen_ = std::make_unique<FrozenBackbone>(*cnn_, cnn_->options().precision);
    frozen_version_ = replacements();
  }
  const Tensor features = frozen_->features(images);
  if (cnn_->options().mirrored) return mean_with_mirrored(features, images);
  return features.rank() == 2 ? features : features.view({features.size(0), features.count() / features.size(0)});
}

Tensor CnnTagger::mean_with_mirrored(const Tensor& features, const Tensor& images) {
  const int64_t n = features.size(0), width = features.size(1), count = n * width;
  if (!mean_.defined() || mean_.size(0) < n) mean_ = Tensor::empty({n, width}, DType::kReal, features.device());
  Tensor mean = mean_.rows(0, n);
  kernels::Queue& queue = features.queue();
  TL_ON(queue, scale(queue, count, Real(0.5), features.data(), mean.data(), kernels::Into::kOverwrite));
  TL_ON(queue, scale(queue, count, Real(0.5), frozen_->features(images, true).data(), mean.data(), kernels::Into::kAdd));
  return mean;
}

bool CnnTagger::prepare(Batch& batch) {
  if (!head_->prepare(batch)) return false;
  if (!batch.features.defined() && !trains_now()) batch.features = frozen_features(batch.images);
  return true;
}

SafetensorsMetadata CnnTagger::metadata() const {
  SafetensorsMetadata metadata = backbone_metadata(*cnn_);
  metadata.merge(head_->metadata());
  if (options_.feature_root) metadata["feature_root"] = "true";
  return metadata;
}

void CnnTagger::size_from(const Safetensors& file) {
  head_->size_from(file);
  head_->to(cnn_->parameters().front()->value.device());
}

void CnnTagger::set_metadata(const SafetensorsMetadata& metadata, const std::string& path) {
  for (const char* const key : {"image_mean", "image_std"}) {  // with defaults instead, the predictions would differ
    TL_CHECK_AS(ErrorKind::kData, metadata.contains(key),
                "{}: its metadata has no {}, without which pictures cannot be normalised as in training: train again", path, key);
  }
  TL_CHECK_AS(ErrorKind::kData, metadata.contains("feature_root") == options_.feature_root,
              "{}: the model was trained with model.feature_root = {}: set the same value", path,
              options_.feature_root ? "false" : "true");
  set_backbone_metadata(*cnn_, metadata, path);
  head_->set_metadata(metadata, path);
}

Var CnnTagger::loss(Tape& tape, const Batch& batch) { return head_->loss(for_head(tape, batch), batch); }

Var CnnTagger::for_head(Tape& tape, const Batch& batch) {
  const Var seen = features(tape, batch);
  tape.set_mixed_precision(options_.mixed_precision);
  return options_.feature_root ? signed_root(seen) : seen;
}

Predictions CnnTagger::predict(const Batch& batch) {
  Tape tape(Tape::kForwardOnly);
  return head_->predict(for_head(tape, batch));
}

std::vector<StepPath> CnnTagger::step_paths(const Batch& batch, int64_t competing) {
  Tape tape(Tape::kForwardOnly);
  return head_->step_paths(for_head(tape, batch), competing);
}

}  // namespace tagloom

#include "models/build.h"

#include <algorithm>
#include <cmath>

#include "engine/nn/init.h"
#include "engine/run/cuda_environment.h"
#include "kernels/base/device.h"

namespace tagloom {
namespace {

// Glorot and Bengio's uniform values for every matrix except embeddings, and zero biases, as in the authors' TensorFlow code.
void init_xavier(Module& head, RandomKey key, Real forget_bias) {
  uint64_t draw = 0;
  for (const NamedParameter& p : head.named_parameters()) {
    ++draw;
    if (p.name.find("embedding.weight") != std::string::npos && p.name.find("image_embedding") == std::string::npos) continue;
    if (p.name.find("norm.") != std::string::npos) continue;
    const Shape& shape = p.parameter->value.shape();
    if (shape.size() == 2) {
      init_uniform(*p.parameter, {key.seed, random_stream(key.stream, draw)},
                   std::sqrt(Real(6) / static_cast<Real>(shape[0] + shape[1])));
    } else {
      init_constant(*p.parameter, 0);
    }
    if (p.name == "lstm.bias_ih") {
      std::vector<Real> bias(shape[0], 0);
      std::fill(bias.begin() + shape[0] / 4, bias.begin() + shape[0] / 2, forget_bias);
      p.parameter->write(bias);
    }
  }
}

}  // namespace

std::unique_ptr<CnnTagger> build_tagger(const Settings& settings, const TagStatistics& tags, Device device, StartFrom start) {
  TL_CHECK_AS(ErrorKind::kData, tags.size() > 0, "the vocabulary is empty: no tag occurs data.minimum_count = {} times",
              settings.data.dataset.vocabulary.minimum_count);
  const bool deterministic = settings.train.deterministic;
  kernels::set_rules(
      device.queue(),
      with_environment({.tf32 = settings.backbone.precision == Precision::kTf32, .deterministic = deterministic}, deterministic));
  const RandomKey key{static_cast<uint64_t>(settings.train.seed), 0};
  BackboneOptions backbone = settings.backbone;
  if (settings.model.kind == PretrainedOptions::kKind) backbone.classes = tags.size();
  std::unique_ptr<Backbone> cnn = make_backbone(backbone);
  const bool pretrained = !settings.backbone.weights.empty();
  const int64_t features = cnn->feature_count();
  std::unique_ptr<TaggerHead> head = settings.model.with_kind([&](const auto& kind) { return kind.build(features, tags); });
  auto tagger = std::make_unique<CnnTagger>(std::move(cnn), std::move(head), settings.model.tagger);
  if (start == StartFrom::kSettings) {
    if (pretrained) {
      tagger->head().reset(
          {key.seed,
           random_stream(key.stream, 2)});  // the head's stream in a whole reset(); the backbone's values come from the file
    } else {
      tagger->reset(key);
    }
    if (settings.model.initializer == Initializer::kXavier)
      init_xavier(tagger->head(), {key.seed, random_stream(2)},
                  static_cast<Real>(std::get<double>(setting_value(settings, "model.forget_bias"))));
    if (pretrained) load_backbone(tagger->cnn(), settings.backbone.weights);
  }
  tagger->to(device);
  return tagger;
}

std::unique_ptr<Optimizer> build_optimizer(const Settings& settings, CnnTagger& tagger) {
  std::vector<ParameterGroup> groups{settings.optim.head};
  groups.front().parameters = tagger.head().named_parameters();
  groups.front().rounded = settings.model.tagger.mixed_precision;
  if (tagger.trains_backbone()) {
    ParameterGroup& group = groups.emplace_back(settings.optim.backbone);
    group.parameters = tagger.cnn().named_parameters("cnn");
    group.rounded = settings.backbone.precision == Precision::kBf16;
    group.active_from = tagger.finetune_after();
  }
  return settings.optim.optimizer.make(std::move(groups));
}

std::unique_ptr<WeightAverage> build_average(const Settings& settings, CnnTagger& tagger, int64_t batches_per_epoch) {
  const AverageOptions& average = settings.optim.average;
  if (average.kind == Averaging::kNone) return nullptr;
  const bool whole = tagger.trains_backbone();
  return std::make_unique<WeightAverage>(whole ? tagger.named_parameters() : tagger.head().named_parameters(),
                                         whole ? tagger.named_buffers() : tagger.head().named_buffers(), average,
                                         averaged_steps(average, batches_per_epoch, settings.train.epochs));
}

std::unique_ptr<Schedule> build_schedule(const Settings& settings, int64_t batches_per_epoch) {
  ScheduleOptions options = settings.optim.schedule;
  options.total_iterations = batches_per_epoch * settings.train.epochs;
  options.iterations_per_epoch = batches_per_epoch;
  return std::make_unique<Schedule>(options);
}

}  // namespace tagloom

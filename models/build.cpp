#include "models/build.h"

#include <algorithm>
#include <cmath>

#include "engine/nn/init.h"
#include "engine/run/cuda_environment.h"
#include "kernels/base/device.h"
#include "models/linear/linear_svm.h"
#include "models/linear/rank_svm.h"
#include "models/neighbours/knn.h"
#include "models/neighbours/tagprop.h"
#include "models/neighbours/two_pass_knn.h"
#include "models/taggers/classifier.h"
#include "models/taggers/jvsp.h"
#include "models/taggers/multi_order.h"
#include "models/taggers/order_free.h"
#include "models/taggers/ordered_rnn.h"

namespace tagloom {
namespace {

kernels::BceMask mask_of(LabelMask mask) {
  switch (mask) {
    case LabelMask::kNone:
      return kernels::BceMask::kNone;
    case LabelMask::kPrevious:
      return kernels::BceMask::kPrevious;
    case LabelMask::kCumulative:
      return kernels::BceMask::kCumulative;
  }
  fail(ErrorKind::kInternal, "[build] unknown mask");
}

// Kinds that are fitted at once.
std::unique_ptr<TaggerHead> build_fitted_head(const Settings& settings, int64_t features, int64_t tags) {
  const FitSettings& fit = settings.fit;
  const NeighbourSettings& neighbours = settings.neighbours;
  const FeatureMapOptions map{.features = features,
                              .tags = tags,
                              .normalise = fit.normalise,
                              .projection = fit.projection,
                              .dimensions = fit.dimensions,
                              .ridge = fit.ridge,
                              .correlation_power = fit.correlation_power,
                              .tag_vectors = fit.tag_vectors};
  switch (settings.model.kind) {
    case ModelKind::kLinearSvm:
      return std::make_unique<LinearSvm>(map, settings.linear.c);
    case ModelKind::kRankSvm:
      return std::make_unique<RankSvm>(map, settings.linear.c, settings.linear.pairs);
    case ModelKind::kKnn:
      return std::make_unique<Knn>(map, neighbours.k, neighbours.vote, neighbours.balance);
    case ModelKind::kJec:
      return std::make_unique<Jec>(map, neighbours.k);
    case ModelKind::kTagProp:
      return std::make_unique<TagProp>(map, neighbours.k, neighbours.sigmoid);
    case ModelKind::kTwoPassKnn:
      return std::make_unique<TwoPassKnn>(map, neighbours.per_tag, neighbours.sharpness, neighbours.balance);
    default:
      fail(ErrorKind::kInternal, "[build] this kind of model is not fitted at once");
  }
}

// The rank model is an ordered RNN that sees the picture at every step and is never told what it said.
OrderedRnnOptions rank_options(const Settings& settings, int64_t features, const TagStatistics& tags) {
  const ModelSettings& model = settings.model;
  return {.features = features,
          .tags = tags,
          .hidden = model.hidden,
          .image_embedding = model.image_embedding,
          .feature_dropout = static_cast<Real>(model.feature_dropout),
          .dropout = static_cast<Real>(model.dropout),
          .forget_bias = static_cast<Real>(model.forget_bias),
          .feature_norm = model.feature_norm == FeatureNorm::kBatchNorm,
          .relu_image = model.relu_image,
          .reduction = settings.loss.reduction,
          .label_smoothing = static_cast<Real>(settings.loss.label_smoothing),
          .step_decoding = {.method = settings.decode.method,
                            .steps = settings.decode.steps > 0 ? settings.decode.steps : 10,
                            .gain_steps = settings.decode.gain_steps,
                            .worth = settings.decode.gain,
                            .first_greedy = settings.decode.first_greedy,
                            .repeat = settings.decode.repeat}};
}

OrderedRnnOptions ordered_rnn_options(const Settings& settings, int64_t features, const TagStatistics& tags) {
  const ModelSettings& model = settings.model;
  const DecodeSettings& decode = settings.decode;
  const int64_t most_tags = decode.steps > 0 ? decode.steps : model.steps;
  OrderedRnnOptions options = rank_options(settings, features, tags);
  options.step_decoding.steps = most_tags;
  options.embedding = model.embedding;
  options.order = model.order;
  options.start = model.state;
  options.image_feed = model.image_feed;
  options.feedback = model.feedback;
  options.sampling = model.sampling;
  options.sampling_iterations = model.sampling_iterations;
  options.end = model.end;
  options.output = model.output;
  options.sequence_decoding = {.beam_width = decode.method == DecodeMethod::kBeam ? decode.beam_width : 1,
                               .steps = decode.exactly > 0 ? decode.exactly : most_tags,
                               .minimum_tags = decode.exactly,
                               .end = model.end,
                               .repeat = decode.repeat};
  return options;
}

std::unique_ptr<TaggerHead> build_head(const Settings& settings, int64_t features, const TagStatistics& tags) {
  const ModelSettings& model = settings.model;
  const bool norm = model.feature_norm == FeatureNorm::kBatchNorm;
  switch (model.kind) {
    case ModelKind::kClassifier:
      return std::make_unique<Classifier>(ClassifierOptions{.features = features,
                                                            .tags = tags.size(),
                                                            .dropout = static_cast<Real>(model.feature_dropout),
                                                            .batch_norm = norm,
                                                            .loss = settings.loss,
                                                            .head = model.head,
                                                            .csra_heads = model.csra_heads,
                                                            .csra_lambda = static_cast<Real>(model.csra_lambda)});
    case ModelKind::kMultiOrder:
      return std::make_unique<MultiOrder>(MultiOrderOptions{
          .features = features,
          .tags = tags.size(),
          .hidden = model.hidden,
          .embedding = model.embedding,
          .steps = model.steps,
          .mask = mask_of(model.mask),
          .gate = model.gate == LossGate::kLabelCount ? kernels::StepGate::kLabelCount : kernels::StepGate::kAll,
          .start = model.state,
          .head = model.head,
          .feature_dropout = static_cast<Real>(model.feature_dropout),
          .dropout = static_cast<Real>(model.dropout),
          .forget_bias = static_cast<Real>(model.forget_bias),
          .feature_norm = norm,
          .reduction = settings.loss.reduction});
    case ModelKind::kJvsp:
      return std::make_unique<Jvsp>(JvspOptions{.features = features,
                                                .hidden = model.hidden,
                                                .embedding = model.embedding,
                                                .image_linear = model.jvsp.image == JvspImage::kLinear,
                                                .feature_norm = norm,
                                                .feature_dropout = static_cast<Real>(model.feature_dropout),
                                                .visual_dropout = static_cast<Real>(model.jvsp.visual_dropout),
                                                .dropout = static_cast<Real>(model.dropout),
                                                .biases = model.jvsp.biases,
                                                .forget_bias = static_cast<Real>(model.forget_bias),
                                                .scale_softmax = model.jvsp.scale_softmax,
                                                .lambda_gradient = model.jvsp.lambda_gradient,
                                                .diversity = static_cast<Real>(settings.loss.diversity),
                                                .diversity_threshold = static_cast<Real>(settings.loss.diversity_threshold),
                                                .order = model.order,
                                                .decoding = {.steps = settings.decode.exactly > 0 ? settings.decode.exactly
                                                                      : settings.decode.steps > 0 ? settings.decode.steps
                                                                                                  : model.steps,
                                                             .minimum_tags = settings.decode.exactly},
                                                .score = settings.decode.sequence_score},
                                    tags);
    case ModelKind::kRank:
      return std::make_unique<OrderedRnn>(rank_options(settings, features, tags));
    case ModelKind::kOrderedRnn:
      return std::make_unique<OrderedRnn>(ordered_rnn_options(settings, features, tags));
    case ModelKind::kOrderFree:
      return std::make_unique<OrderFree>(OrderFreeOptions{
          .channels = features,
          .tags = tags.size(),
          .hidden = model.hidden,
          .embedding = model.embedding,
          .image_embedding = model.image_embedding,
          .attention = model.attention,
          .alignment = model.alignment,
          .gate = model.gate == LossGate::kLabelCount ? kernels::StepGate::kLabelCount : kernels::StepGate::kAll,
          .feature_dropout = static_cast<Real>(model.feature_dropout),
          .dropout = static_cast<Real>(model.dropout),
          .forget_bias = static_cast<Real>(model.forget_bias),
          .feature_norm = norm,
          .reduction = settings.loss.reduction,
          .decoding = {.beam_width = settings.decode.method == DecodeMethod::kBeam ? settings.decode.beam_width : 1,
                       .steps = settings.decode.steps > 0 ? settings.decode.steps : model.steps,
                       .least_probability = settings.decode.least_probability,
                       .repeat = settings.decode.repeat}});
    default:
      return build_fitted_head(settings, features, tags.size());
  }
}

// Glorot and Bengio's uniform values for every matrix but embeddings, zeros for its bias: what the authors' TensorFlow code does.
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
              settings.data.minimum_count);
  const bool deterministic = settings.train.deterministic;
  kernels::set_rules(
      device.queue(),
      with_environment({.tf32 = settings.backbone.precision == Precision::kTf32, .deterministic = deterministic}, deterministic));
  const RandomKey key{static_cast<uint64_t>(settings.train.seed), 0};
  std::unique_ptr<Backbone> cnn = make_backbone(backbone_options(settings.backbone));
  const bool pretrained = !settings.backbone.weights.empty();
  std::unique_ptr<TaggerHead> head = build_head(settings, cnn->feature_count(), tags);
  auto tagger = std::make_unique<CnnTagger>(
      std::move(cnn), std::move(head),
      CnnTaggerOptions{.finetune_after = settings.backbone.freeze ? settings.backbone.finetune_after
                                                                  : std::max<int64_t>(0, settings.backbone.finetune_after),
                       .freeze_batch_norm = pretrained,
                       .precision = settings.backbone.precision,
                       .mixed_precision = settings.model.mixed_precision,
                       .feature_root = settings.model.feature_root,
                       .mirrored = settings.backbone.mirrored});
  if (start == StartFrom::kSettings) {
    if (pretrained) {
      tagger->head().reset(
          {key.seed, random_stream(key.stream, 2)});  // its stream in a whole reset(); the file has the other's values
    } else {
      tagger->reset(key);
    }
    if (settings.model.initializer == Initializer::kXavier)
      init_xavier(tagger->head(), {key.seed, random_stream(2)}, static_cast<Real>(settings.model.forget_bias));
    if (pretrained) load_backbone(tagger->cnn(), settings.backbone.weights);
  }
  tagger->to(device);
  return tagger;
}

std::unique_ptr<Optimizer> build_optimizer(const Settings& settings, CnnTagger& tagger) {
  const OptimSettings& optim = settings.optim;
  std::vector<ParameterGroup> groups;
  groups.push_back({.name = "head",
                    .parameters = tagger.head().named_parameters(),
                    .learning_rate = optim.learning_rate,
                    .weight_decay = optim.weight_decay,
                    .clip_value = optim.clip_value,
                    .rounded = settings.model.mixed_precision});
  if (tagger.trains_backbone()) {
    groups.push_back({.name = "cnn",
                      .parameters = tagger.cnn().named_parameters("cnn"),
                      .learning_rate = optim.backbone.learning_rate,
                      .weight_decay = optim.backbone.weight_decay,
                      .clip_value = optim.backbone.clip_value,
                      .rounded = settings.backbone.precision == Precision::kBf16,
                      .active_from = tagger.finetune_after()});
  }
  const GradientClipping clipping{.clip_norm = optim.clip_norm};
  switch (optim.name) {
    case OptimizerKind::kSgd:
      return std::make_unique<Sgd>(std::move(groups), SgdOptions{optim.momentum, optim.nesterov}, clipping);
    case OptimizerKind::kAdam:
    case OptimizerKind::kAdamW:
      return std::make_unique<Adam>(
          std::move(groups), AdamOptions{optim.beta1, optim.beta2, optim.epsilon, optim.name == OptimizerKind::kAdamW}, clipping);
    case OptimizerKind::kRmsProp:
      return std::make_unique<RmsProp>(
          std::move(groups), RmsPropOptions{optim.decay, optim.momentum, optim.epsilon, optim.initial_mean_square}, clipping);
  }
  fail(ErrorKind::kInternal, "[build] unknown optimizer");
}

std::unique_ptr<WeightAverage> build_average(const Settings& settings, CnnTagger& tagger, int64_t batches_per_epoch) {
  const OptimSettings& optim = settings.optim;
  if (optim.average == Averaging::kNone) return nullptr;
  const bool whole = tagger.trains_backbone();
  // Where one an epoch counts, it is the epoch's last; the last one of the training always does.
  const int64_t every = optim.average_every > 0 ? optim.average_every : batches_per_epoch;
  const int64_t all = batches_per_epoch * settings.train.epochs;
  const int64_t counted =
      std::max<int64_t>(1, static_cast<int64_t>(static_cast<double>(all) * (1 - optim.average_after)) / every);
  return std::make_unique<WeightAverage>(
      whole ? tagger.named_parameters() : tagger.head().named_parameters(),
      whole ? tagger.named_buffers() : tagger.head().named_buffers(),
      AverageOptions{.kind = optim.average == Averaging::kEma ? AverageOptions::Kind::kEma : AverageOptions::Kind::kSwa,
                     .decay = optim.average_decay,
                     .from = std::max<int64_t>(0, all - counted * every),
                     .every = every});
}

std::unique_ptr<Schedule> build_schedule(const Settings& settings, int64_t batches_per_epoch) {
  const OptimSettings& optim = settings.optim;
  ScheduleOptions options;
  switch (optim.schedule) {
    case ScheduleKind::kConstant:
      options.kind = ScheduleOptions::Kind::kConstant;
      break;
    case ScheduleKind::kStep:
      options.kind = ScheduleOptions::Kind::kStep;
      break;
    case ScheduleKind::kPlateau:
      options.kind = ScheduleOptions::Kind::kPlateau;
      break;
    case ScheduleKind::kCosine:
      options.kind = ScheduleOptions::Kind::kCosine;
      break;
    case ScheduleKind::kOneCycle:
      options.kind = ScheduleOptions::Kind::kOneCycle;
      break;
    case ScheduleKind::kCyclic:
      options.kind = ScheduleOptions::Kind::kCyclic;
      break;
  }
  options.total_iterations = batches_per_epoch * settings.train.epochs;
  options.iterations_per_epoch = batches_per_epoch;
  options.warmup_iterations = optim.warmup_iterations;
  options.step_every = optim.step_every;
  options.step_factor = optim.step_factor;
  options.plateau_patience = optim.plateau_patience;
  options.plateau_factor = optim.plateau_factor;
  options.cycle_up = optim.cycle_up;
  options.cycle_divisor = optim.cycle_divisor;
  options.cycle_final_divisor = optim.cycle_final_divisor;
  options.cycle_low = optim.cycle_low;
  options.cycle_up_iterations = optim.cycle_up_iterations;
  options.cycle_down_iterations = optim.cycle_down_iterations;
  options.cycle_decay = optim.cycle_decay;
  options.minimum_factor = optim.minimum_factor;
  return std::make_unique<Schedule>(options);
}

}  // namespace tagloom

// Runs a row of the parity table on a device.
//
//   run.features, run.before   the backbone's features, and the loss and predictions before training
//   run.losses                 of ten training steps by the trainer: two alternating batches, read ahead, recorded on CUDA
//   run.weights, run.buffers   after them; run.bits: a hash of these and of the optimizer's state
//
// Weights are drawn by hashing their index: normal random numbers would take seconds for the 58 million of ResNet-152.
#pragma once

#include <cmath>
#include <functional>
#include <numeric>

#include "engine/io/hash.h"
#include "engine/selection/tag_selection.h"
#include "engine/train/checkpoint.h"
#include "engine/train/evaluation.h"
#include "kernels/base/device.h"
#include "models/build.h"
#include "models/fitting/fitted_head.h"
#include "models/taggers/classifier.h"
#include "tests/models/parity_rows.h"

namespace tagloom::test {

inline constexpr int64_t kParityTags = 6;

inline TagStatistics parity_tags() {
  TagStatistics tags = numbered_tags(kParityTags);
  for (int64_t tag = 0; tag < kParityTags; ++tag) tags.counts[tag] = 1 + tag * 5 % 7;
  return tags;
}

inline uint64_t mixed(uint64_t x) {  // splitmix64
  x += 0x9e3779b97f4a7c15;
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
  x = (x ^ x >> 27) * 0x94d049bb133111eb;
  return x ^ x >> 31;
}
inline Real drawn(uint64_t seed, uint64_t place) {  // in [-1, 1)
  return static_cast<Real>(static_cast<int64_t>(mixed(seed + place)) >> 40) / Real(1 << 23);
}

// Waves of different direction, length and colour in each picture, with up to three tags each in random order.
class ParityPictures : public BatchSource {
 public:
  // `first`: the number of the first picture; pictures with different numbers differ.
  ParityPictures(const ParityRow& row, Device device, int64_t first = 0)
      : pixels_(row.pixels), per_batch_(row.pictures), batches_(row.batches), first_(first), device_(device) {}
  void start_epoch(int64_t, int64_t first_batch) override { next_ = first_batch; }
  bool next(Batch& batch) override {
    if (next_ == batches_) return false;
    batch.position = next_;
    batch.prepared = false;
    batch.index.clear();
    batch.tags.clear();
    std::vector<uint8_t> images(per_batch_ * pixels_ * pixels_ * 3), labels(per_batch_ * kParityTags, 0);
    for (int64_t i = 0; i < per_batch_; ++i) {
      const int64_t picture = first_ + next_ * per_batch_ + i;
      batch.index.push_back(picture);
      std::vector<int32_t>& tags = batch.tags.emplace_back();
      for (int64_t k = 0; k <= picture % 3; ++k) tags.push_back(static_cast<int32_t>((picture * 5 + k * 2) % kParityTags));
      for (int32_t tag : tags) labels[i * kParityTags + tag] = 1;
      paint(picture, images.data() + i * pixels_ * pixels_ * 3);
    }
    ++next_;
    batch.send(batch.images, images, {per_batch_, pixels_, pixels_, 3}, device_);
    batch.features = Tensor();
    batch.send(batch.labels, labels, {per_batch_, kParityTags}, device_);
    return true;
  }
  int64_t pictures() const override { return per_batch_ * batches_; }
  int64_t batches() const override { return batches_; }

 private:
  void paint(int64_t picture, uint8_t* at) const {
    const auto number = [&](int k) { return drawn(77, picture * 16 + k); };
    for (int64_t y = 0; y < pixels_; ++y) {
      for (int64_t x = 0; x < pixels_; ++x) {
        for (int c = 0; c < 3; ++c) {
          const Real wave = std::sin(number(0) * x + number(1) * y + 3 * number(2 + c));
          *at++ = static_cast<uint8_t>(Real(127.5) + 70 * wave + 57 * number(5 + c));
        }
      }
    }
  }

  int64_t pixels_, per_batch_, batches_, first_, next_ = 0;
  Device device_;
};

// Layers preserve the scale of their inputs; the output layer spreads scores, so few tags are close to each other.
inline void fill_with_drawn_values(CnnTagger& model, uint64_t seed) {
  uint64_t stream = mixed(seed);
  const auto write = [&](const Tensor& tensor, Real centre, Real bound) {
    std::vector<Real> values(tensor.count());
    const uint64_t here = stream = mixed(stream);
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < static_cast<int64_t>(values.size()); ++i) values[i] = centre + bound * drawn(here, i);
    tensor.write(values.data(), values.size());
  };
  for (const NamedParameter& p : model.named_parameters()) {
    const Tensor& value = p.parameter->value;
    if (value.rank() == 4) {  // He
      write(value, 0, std::sqrt(6 * static_cast<Real>(value.size(0)) / static_cast<Real>(value.count())));
    } else if (value.rank() == 2) {
      const bool of_tags = p.name.find("output.weight") != std::string::npos;
      const bool is_embedding = p.name.ends_with("embedding.weight") && p.name != "image_embedding.weight";
      write(value, 0, is_embedding ? 1 : (of_tags ? 3 : 1) * std::sqrt(3 / static_cast<Real>(value.size(1))));
    } else if (p.name.ends_with(".weight")) {  // batch norm's; small after a ResNet's branches, which keeps deep networks stable
      const bool is_behind = p.name.ends_with(".bn2.weight") || p.name.ends_with(".bn3.weight");
      write(value, is_behind ? Real(0.2) : 1, Real(0.1));
    } else {
      write(value, 0, Real(0.1));
    }
    p.parameter->round_again();
  }
  for (const NamedBuffer& b : model.named_buffers()) {
    if (!b.tensor->defined()) continue;  // set by fit()
    b.name.ends_with("running_var") ? write(*b.tensor, 1, Real(0.2)) : write(*b.tensor, 0, Real(0.1));
  }
  model.count_replacement();
}

inline std::unique_ptr<CnnTagger> parity_model(const ParityRow& row, const Settings& settings, Device device) {
  std::unique_ptr<CnnTagger> model = build_tagger(settings, parity_tags(), device, StartFrom::kCheckpoint);
  if (row.fc_width == 0) return model;
  BackboneOptions options = settings.backbone;
  options.fc_width = row.fc_width;
  auto head = std::make_unique<Classifier>(ClassifierOptions{.features = options.fc_width,
                                                             .tags = kParityTags,
                                                             .feature_norm = true,
                                                             .loss = settings.model.as<ClassifierOptions>().loss});
  model = std::make_unique<CnnTagger>(
      make_backbone(options), std::move(head),
      CnnTaggerOptions{.mixed_precision = settings.model.tagger.mixed_precision, .freeze_batch_norm = false});
  model->to(device);
  return model;
}

struct NamedValues {
  std::string name;
  Shape shape;
  std::vector<Real> values;
};

struct ParityRun {
  std::vector<Real> features;
  EvaluationOutput before, after;
  std::vector<Real> losses;  // the loss of the evaluation comes first
  std::vector<NamedValues> first, weights, buffers;
  std::vector<std::pair<std::string, uint64_t>> bits;
  int64_t recordings = 0;
};

struct ParityOptions {
  bool bf16 = false, graphs = true, with_answers = true;
  std::string save_to = {}, resume_from = {};   // a checkpoint, after half of the steps
  std::function<void(CnnTagger&)> change = {};  // applied to the initial weights
  int64_t left_out = 0;                         // steps to leave out at the end
};

inline std::vector<NamedValues> weights_of(const CnnTagger& model) {
  std::vector<NamedValues> all;
  for (const NamedParameter& p : model.named_parameters())
    all.push_back({p.name, p.parameter->value.shape(), p.parameter->value.to_vector()});
  return all;
}

inline std::vector<NamedValues> buffers_of(const CnnTagger& model) {
  std::vector<NamedValues> all;
  for (const NamedBuffer& b : model.named_buffers()) {
    if (b.tensor->defined()) all.push_back({b.name, b.tensor->shape(), b.tensor->to_vector()});
  }
  return all;
}

inline CheckpointIdentity parity_identity() { return {vocabulary_hash(parity_tags().names), "test"}; }

// Fits the head, or loads a fitted one.
inline void fit_parity_model(CnnTagger& model, BatchSource& pictures, const ParityOptions& options) {
  if (!options.resume_from.empty()) return load_tagger(model, parity_identity(), options.resume_from);
  FitPictures train;
  pictures.start_epoch(0, 0);
  for (Batch batch; pictures.next(batch);) {
    Tape tape(Tape::kForwardOnly);
    train = joined(train, {model.features(tape, batch).value().clone(), batch.tags});
  }
  dynamic_cast<FittedHead&>(model.head()).fit(train);
  if (!options.save_to.empty()) save_tagger(model, parity_identity(), options.save_to);
}

inline void train_parity_model(CnnTagger& model, const ParityRow& row, const Settings& settings, BatchSource& pictures,
                               const ParityOptions& options, ParityRun& run) {
  const CheckpointIdentity identity = parity_identity();
  const std::unique_ptr<Optimizer> optimizer = build_optimizer(settings, model);
  const std::unique_ptr<Schedule> schedule = build_schedule(settings, row.batches);
  TrainingPosition start;
  if (!options.resume_from.empty()) start = load_checkpoint(model, *optimizer, *schedule, identity, options.resume_from);
  const int64_t half = row.steps / 2;
  TrainerHooks hooks;
  hooks.on_step = [&](const StepReport& step) { run.losses.push_back(static_cast<Real>(step.loss)); };
  hooks.save_best = [](const TrainingPosition&) {};
  hooks.save_last = [&](const TrainingPosition& position) {
    if (options.save_to.empty() || position.iteration != half) return;
    save_checkpoint(model, *optimizer, *schedule, position, identity, options.save_to);
  };
  int64_t done = start.iteration;
  hooks.interrupted = [&] { return ++done == row.steps - options.left_out; };
  Trainer trainer(model, *optimizer, *schedule, pictures, {.epochs = 1000, .seed = 5, .checkpoint_every = half}, hooks);
  trainer.run(start);
  run.recordings = trainer.recordings();
  for (const OptimizerState& s : optimizer->state()) {
    const std::vector<Real> values = s.tensor.to_vector();
    run.bits.emplace_back(s.name, Hash64().add(std::as_bytes(std::span(values))).digest());
  }
}

inline ParityRun run_parity(const ParityRow& row, Device device, const ParityOptions& options) {
  const Settings settings = settings_of(row, options.bf16);
  const std::unique_ptr<CnnTagger> model = parity_model(row, settings, device);
  if (device.is_cuda()) {
    kernels::QueueRules rules = kernels::rules_of(device.queue());
    rules.graphs = options.graphs;
    kernels::set_rules(device.queue(), rules);
  }
  fill_with_drawn_values(*model,
                         options.resume_from.empty() ? row.seed : 99);  // the checkpoint must overwrite other weights
  if (options.change) options.change(*model);
  ParityPictures pictures(row, device), others(row, device, row.pictures * row.batches);
  ParityRun run;
  const bool fitted = settings.model.is_fitted();
  if (options.with_answers) {
    run.first = weights_of(*model);
    pictures.start_epoch(0, 0);
    Batch batch;
    pictures.next(batch);
    {
      Tape tape(Tape::kForwardOnly);
      run.features = model->features(tape, batch).value().to_vector();
    }
    if (!fitted) {
      run.before = evaluate(*model, pictures, true);
      run.losses.push_back(static_cast<Real>(run.before.loss));
    }
  }
  fitted ? fit_parity_model(*model, pictures, options) : train_parity_model(*model, row, settings, pictures, options, run);
  run.weights = weights_of(*model);
  run.buffers = buffers_of(*model);
  for (const auto* all : {&run.weights, &run.buffers}) {
    for (const NamedValues& one : *all)
      run.bits.emplace_back(one.name, Hash64().add(std::as_bytes(std::span(one.values))).digest());
  }
  if (options.with_answers) {
    run.after = evaluate(*model, others, false);
    if (fitted) run.before = run.after;
  } else {
    run.weights.clear();
    run.buffers.clear();
  }
  return run;
}

// The predictions with the final weights of another run.
inline EvaluationOutput answers_with(const ParityRow& row, Device device, bool bf16, const ParityRun& trained) {
  const Settings settings = settings_of(row, bf16);
  const std::unique_ptr<CnnTagger> model = parity_model(row, settings, device);
  fill_with_drawn_values(*model, 99);
  ParityPictures pictures(row, device, row.pictures * row.batches);
  if (!settings.model.is_fitted()) evaluate(*model, pictures, false);  // caches of these weights must be dropped
  const std::vector<NamedParameter> parameters = model->named_parameters();
  const std::vector<NamedBuffer> buffers = model->named_buffers();
  for (size_t i = 0; i < parameters.size(); ++i) parameters[i].parameter->write(trained.weights.at(i).values);
  for (size_t i = 0; i < buffers.size(); ++i) {
    const NamedValues& values = trained.buffers.at(i);
    *buffers[i].tensor = Tensor::from(values.values, values.shape, device);
  }
  model->count_replacement();
  return evaluate(*model, pictures, false);
}

}  // namespace tagloom::test

// The loop over epochs and batches, and what happens at the end of each.
#include "engine/train/trainer.h"

#include <cmath>

#include "kernels/base/memory.h"

namespace tagloom {
namespace {

// Equal for steps that do the same work on the same memory: contains the addresses and shapes of the batch's tensors, and what is
// trained.
StepRunner::StepKey step_key(const Batch& batch, const Tagger& model, const Optimizer& optimizer) {
  StepRunner::StepKey key;
  const auto add = [&](const Tensor& tensor) {
    key.push_back(tensor.defined() ? static_cast<int64_t>(reinterpret_cast<intptr_t>(tensor.raw())) : 0);
    key.push_back(tensor.rank());
    key.insert(key.end(), tensor.shape().begin(), tensor.shape().end());
  };
  for (const Tensor* tensor : {&batch.images, &batch.features, &batch.labels}) add(*tensor);
  for (const Tensor& tensor : batch.prepared_inputs) add(tensor);
  for (const Parameter* parameter : model.parameters()) key.push_back(parameter->trainable);
  for (const bool active : optimizer.active_groups()) key.push_back(active);
  return key;
}

}  // namespace

const double* Evaluation::find(const std::string& name) const {
  if (name == "loss") return &loss;
  for (const auto& [key, value] : metrics) {
    if (key == name) return &value;
  }
  return nullptr;
}

bool TrainingPosition::is_last(int64_t epochs, int64_t patience) const {
  return epoch >= epochs || (patience > 0 && best_epoch >= 0 && epoch - best_epoch >= patience);
}

Trainer::Trainer(Tagger& model, Optimizer& optimizer, Schedule& schedule, BatchSource& source, TrainerOptions options,
                 TrainerHooks hooks)
    : model_(model),
      optimizer_(optimizer),
      schedule_(schedule),
      source_(source),
      options_(std::move(options)),
      hooks_(std::move(hooks)),
      runner_(model.parameters().front()->value.device(), options_.seed) {}

void Trainer::stop_diverged(const TrainingPosition& position, const std::string& reason) const {
  const double untrained = position.health.untrained_loss;
  fail(ErrorKind::kNumeric, "the training diverged: {}{}{}", reason,
       untrained > 0 ? format("; the untrained model's loss was {}", untrained) : "",
       hooks_.on_divergence ? ". " + hooks_.on_divergence(position) : "");
}

void Trainer::step(Batch& batch, BatchPrefetcher& prefetcher, TrainingPosition& position) {
  model_.begin_step(position.iteration);
  const bool repeatable = model_.prepare(batch);
  const double factor = schedule_.factor(position.iteration);
  optimizer_.begin_step(factor, position.iteration);
  runner_.run(position.iteration, optimizer_.step_number(),
              repeatable ? step_key(batch, model_, optimizer_) : StepRunner::StepKey(), [&](Tape& tape) {
                const Var loss = model_.loss(tape, batch);
                optimizer_.zero_grad();
                tape.backward(loss);
                optimizer_.queue_step(loss.data());
              });
  prefetcher.read_ahead();
  const auto [value, norm, taken] = optimizer_.end_step();
  const auto diverged = [&](const char* what, double number) {
    stop_diverged(position, format("{} is {} at iteration {} (epoch {})", what, std::isnan(number) ? std::abs(number) : number,
                                   position.iteration + 1, position.epoch + 1));
  };
  if (!std::isfinite(value)) diverged("the loss", value);
  if (!taken) diverged("the norm of the gradient", norm);
  position.health.observe(position.iteration == 0, batch.size(), value, norm);
  if (position.health.exploded_steps >= kExplodedSteps) diverged("the loss", value);
  ++position.iteration;
  position.batch = batch.position + 1;
  position.epoch_loss_sum += value * static_cast<double>(batch.size());
  position.epoch_pictures += batch.size();
  if (hooks_.on_step) {
    hooks_.on_step({position.epoch, position.iteration, batch.size(), value, norm, optimizer_.learning_rate() * factor});
  }
}

void Trainer::finish_epoch(TrainingPosition& position) {
  TL_CHECK_AS(ErrorKind::kData, position.epoch_pictures > 0,
              "no picture of epoch {} could be read: see the messages above, and check data.train", position.epoch + 1);
  EpochReport report{position.epoch + 1,
                     position.iteration,
                     position.epoch_loss_sum / static_cast<double>(position.epoch_pictures),
                     optimizer_.learning_rate() * schedule_.factor(position.iteration),
                     {},
                     false};
  const bool due = (position.epoch + 1) % options_.evaluate_every == 0 || position.epoch + 1 == options_.epochs;
  if (hooks_.evaluate && due) {
    try {
      report.evaluation = hooks_.evaluate();
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kNumeric) throw;
      stop_diverged(position, error.what());
    }
    evaluated_loss_ = report.evaluation->loss;
  }
  schedule_.end_epoch(report.evaluation ? report.evaluation->loss : report.train_loss);

  const double* value = report.evaluation ? report.evaluation->find(options_.best_by) : nullptr;
  TL_CHECK(!report.evaluation || value != nullptr, "train.best_by is \"{}\", but this run does not compute that metric",
           options_.best_by);
  if (value && position.best_epoch < 0) position.best_epoch = position.epoch + 1;
  if (value && std::isfinite(*value) && !position.health.exploded(report.evaluation->loss) &&
      (!position.best_value || (options_.best_is_max ? *value > *position.best_value : *value < *position.best_value))) {
    position.best_value = *value;
    position.best_epoch = position.epoch + 1;
    report.is_best = true;
  }
  ++position.epoch;
  position.epoch_start = position.iteration;
  position.batch = position.epoch_pictures = 0;
  position.epoch_loss_sum = 0;
  if (report.is_best) hooks_.save_best(position);
  if (hooks_.on_epoch) hooks_.on_epoch(report);
}

void Trainer::save_state(TrainingPosition& position, const Batch* batch) {
  if (batch != nullptr) {
    if (!is_finite(model_)) {
      stop_diverged(position, format("a weight or running statistic is not finite after iteration {}", position.iteration));
    }
    try {
      saved_loss_ = loss_without_step(model_, *batch);
      position.health.sane = position.health.is_sane(saved_loss_, model_);
    } catch (const OutOfMemory&) {  // saves the state as sane if the last one was
    }
  }
  hooks_.save_last(position);
}

void Trainer::check_final_state(const TrainingPosition& position) const {
  for (const auto& [what, loss] : {std::pair("loss", saved_loss_), std::pair("validation loss", evaluated_loss_)}) {
    if (position.health.exploded(loss)) stop_diverged(position, format("the final {} is {}", what, loss));
  }
}

TrainingOutcome Trainer::run(TrainingPosition position) {
  int64_t saved_at = -1;
  const Batch* last_batch = nullptr;  // null before the first step of this process
  const auto save = [&] {
    save_state(position, last_batch);
    saved_at = position.iteration;
  };
  BatchPrefetcher prefetcher(source_, model_.parameters().front()->value.device(),
                             options_.read_ahead);  // reused by all epochs
  while (!position.is_last(options_.epochs, options_.patience)) {
    if (hooks_.on_epoch_begin) hooks_.on_epoch_begin(position);
    prefetcher.start_epoch(position.epoch, position.batch);
    while (Batch* const batch = prefetcher.next()) {
      step(*batch, prefetcher, position);
      last_batch = batch;  // the source leaves it alone at the end of the epoch
      if (hooks_.interrupted && hooks_.interrupted()) {
        save();
        return TrainingOutcome::kInterrupted;
      }
      if (options_.checkpoint_every > 0 && position.iteration % options_.checkpoint_every == 0) save();
    }
    finish_epoch(position);
    saved_at = -1;  // a save at the epoch's last step has the position before its end
    if (options_.checkpoint_every == 0 || position.epoch == options_.epochs) save();
  }
  if (saved_at != position.iteration) save();
  check_final_state(position);
  return position.epoch < options_.epochs ? TrainingOutcome::kOutOfPatience : TrainingOutcome::kFinished;
}

}  // namespace tagloom

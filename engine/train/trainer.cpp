#include "engine/train/trainer.h"

#include <cmath>

namespace tagloom {

const double* Evaluation::find(const std::string& name) const {
  if (name == "loss") return &loss;
  for (const auto& [key, value] : metrics) {
    if (key == name) return &value;
  }
  return nullptr;
}

Trainer::Trainer(Tagger& model, Optimizer& optimizer, Schedule& schedule, BatchSource& source, TrainerOptions options,
                 TrainerHooks hooks)
    : model_(model),
      optimizer_(optimizer),
      schedule_(schedule),
      source_(source),
      options_(std::move(options)),
      hooks_(std::move(hooks)) {}

void Trainer::stop_diverged(const TrainingPosition& position, const char* what, double value) {
  hooks_.save_last(position);
  fail(ErrorKind::kNumeric,
       "{} is {} at iteration {} (epoch {}): the weights from before this step are saved; lower optim.learning_rate, or set "
       "optim.clip_norm, and go on with --resume",
       what, value, position.iteration + 1, position.epoch + 1);
}

void Trainer::step(const Batch& batch, TrainingPosition& position) {
  model_.begin_step(position.iteration);
  Tape tape(Tape::kRecord, options_.seed, static_cast<uint64_t>(position.iteration));
  const Var loss = model_.loss(tape, batch);
  const double value = loss.value().item();
  if (!std::isfinite(value)) stop_diverged(position, "the loss", value);
  optimizer_.zero_grad();
  tape.backward(loss);
  const double factor = schedule_.factor(position.iteration);
  const double norm = optimizer_.step(factor, position.iteration);
  if (!std::isfinite(norm)) stop_diverged(position, "the norm of the gradient", norm);
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
              "epoch {} had no picture that could be read: see the messages above, and check data.train", position.epoch + 1);
  EpochReport report{position.epoch + 1,
                     position.iteration,
                     position.epoch_loss_sum / static_cast<double>(position.epoch_pictures),
                     optimizer_.learning_rate() * schedule_.factor(position.iteration),
                     {},
                     false};
  const bool due = (position.epoch + 1) % options_.evaluate_every == 0 || position.epoch + 1 == options_.epochs;
  if (hooks_.evaluate && due) report.evaluation = hooks_.evaluate();
  schedule_.end_epoch(report.evaluation ? report.evaluation->loss : report.train_loss);

  const double* value = report.evaluation ? report.evaluation->find(options_.best_by) : nullptr;
  TL_CHECK(!report.evaluation || value != nullptr, "train.best_by is \"{}\", which this run does not measure", options_.best_by);
  if (value && std::isfinite(*value) &&
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

TrainingOutcome Trainer::run(TrainingPosition position) {
  int64_t saved_at = -1;
  const auto save = [&] {
    hooks_.save_last(position);
    saved_at = position.iteration;
  };
  const auto patient = [&] {
    return options_.patience == 0 || position.best_epoch < 0 || position.epoch - position.best_epoch < options_.patience;
  };
  Batch batch;  // of all epochs: its memory is used again
  while (position.epoch < options_.epochs && patient()) {
    if (hooks_.on_epoch_begin) hooks_.on_epoch_begin(position);
    source_.start_epoch(position.epoch, position.batch);
    while (source_.next(batch)) {
      step(batch, position);
      if (hooks_.interrupted && hooks_.interrupted()) {
        save();
        return TrainingOutcome::kInterrupted;
      }
      if (options_.checkpoint_every > 0 && position.iteration % options_.checkpoint_every == 0) save();
    }
    finish_epoch(position);
    if (options_.checkpoint_every == 0 || position.epoch == options_.epochs) save();
  }
  if (saved_at != position.iteration) save();
  return position.epoch < options_.epochs ? TrainingOutcome::kOutOfPatience : TrainingOutcome::kFinished;
}

}  // namespace tagloom

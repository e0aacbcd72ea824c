#pragma once
// The training loop: steps, evaluations and checkpoints. It stops on a signal or when the loss explodes, and a resumed run continues
// with the same bits.
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "engine/batches/batch_prefetcher.h"
#include "engine/optim/optimizer.h"
#include "engine/optim/schedule.h"
#include "engine/train/step_runner.h"
#include "engine/train/tagger.h"
#include "engine/train/training_health.h"

namespace tagloom {

struct TrainerOptions {
  int64_t epochs = 1;
  uint64_t seed = 1;
  int64_t evaluate_every = 1;    // epochs; the last epoch is always evaluated
  int64_t checkpoint_every = 0;  // iterations; 0: at the end of each epoch
  std::string best_by = "loss";  // "loss" (of validation), or a metric
  bool best_is_max = false;
  int64_t patience = 0;    // stops after this many epochs without a better evaluation; 0: never
  bool read_ahead = true;  // on CUDA: read and upload the next batch while a step runs; does not change the bits
};

// Everything a run needs to resume, in addition to the weights and the optimizer's state.
struct TrainingPosition {
  int64_t epoch = 0;          // from 0
  int64_t batch = 0;          // next batch of the epoch
  int64_t iteration = 0;      // steps done
  int64_t epoch_start = 0;    // iteration at the start of this epoch
  double epoch_loss_sum = 0;  // over the pictures of this epoch's steps
  int64_t epoch_pictures = 0;
  std::optional<double> best_value;
  int64_t best_epoch = -1;  // without a best_value: the first epoch evaluated
  TrainingHealth health;

  bool is_last(int64_t epochs, int64_t patience) const;  // all epochs are done, or TrainerOptions::patience is over
};

struct StepReport {
  int64_t epoch, iteration, pictures;
  double loss, gradient_norm, learning_rate;
};

struct Evaluation {
  double loss = 0;
  std::vector<std::pair<std::string, double>> metrics;
  const double* find(const std::string& name) const;  // "loss" too; null if absent
};

struct EpochReport {
  int64_t epoch, iteration;  // epoch counts from 1 here
  double train_loss, learning_rate;
  std::optional<Evaluation> evaluation;
  bool is_best;
};

// The loop's callbacks.
struct TrainerHooks {
  std::function<Evaluation()> evaluate;                         // may be empty: no validation
  std::function<void(const TrainingPosition&)> on_epoch_begin;  // also for an epoch resumed in the middle
  std::function<void(const StepReport&)> on_step;
  std::function<void(const EpochReport&)> on_epoch;
  std::function<void(const TrainingPosition&)> save_last;  // weights, optimizer, position
  std::function<void(const TrainingPosition&)> save_best;
  std::function<bool()> interrupted;  // called after every step
  // Restores the last sane checkpoint, and returns what the user can do, for the end of the error's message.
  std::function<std::string(const TrainingPosition&)> on_divergence;
};

enum class TrainingOutcome { kFinished, kInterrupted, kOutOfPatience };

class Trainer {
 public:
  Trainer(Tagger& model, Optimizer& optimizer, Schedule& schedule, BatchSource& source, TrainerOptions options,
          TrainerHooks hooks);
  // Trains from `position` (a default one, or a checkpoint's) to the last epoch. Throws Error(kNumeric) if a loss or a gradient is
  // not finite (the step then changes no weights), if a state to save is not finite, or if the loss has exploded (training_health.h)
  // for kExplodedSteps steps or in the final state. Such states never become the best.
  TrainingOutcome run(TrainingPosition position);
  int64_t recordings() const { return runner_.recordings(); }  // recorded steps so far

 private:
  void step(Batch& batch, BatchPrefetcher& prefetcher, TrainingPosition& position);
  void finish_epoch(TrainingPosition& position);
  void save_state(TrainingPosition& position, const Batch* batch);
  void check_final_state(const TrainingPosition& position) const;
  [[noreturn]] void stop_diverged(const TrainingPosition& position, const std::string& reason) const;

  Tagger& model_;
  Optimizer& optimizer_;
  Schedule& schedule_;
  BatchSource& source_;
  TrainerOptions options_;
  TrainerHooks hooks_;
  StepRunner runner_;
  double saved_loss_ = 0, evaluated_loss_ = 0;  // of the last state saved, and the last one evaluated
};

}  // namespace tagloom

#pragma once
// The training loop: steps, evaluations and checkpoints. It stops on a signal or a non-finite loss, and a resumed run continues
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
  int64_t best_epoch = -1;
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
};

enum class TrainingOutcome { kFinished, kInterrupted, kOutOfPatience };

class Trainer {
 public:
  Trainer(Tagger& model, Optimizer& optimizer, Schedule& schedule, BatchSource& source, TrainerOptions options,
          TrainerHooks hooks);
  // Trains from `position` (a default one, or a checkpoint's) to the last epoch. If a loss or a gradient is not finite, saves the
  // state before that step and throws Error(kNumeric).
  TrainingOutcome run(TrainingPosition position);
  int64_t recordings() const { return runner_.recordings(); }  // recorded steps so far

 private:
  void step(Batch& batch, BatchPrefetcher& prefetcher, TrainingPosition& position);
  void finish_epoch(TrainingPosition& position);
  [[noreturn]] void stop_diverged(const TrainingPosition& position, const char* what, double value);

  Tagger& model_;
  Optimizer& optimizer_;
  Schedule& schedule_;
  BatchSource& source_;
  TrainerOptions options_;
  TrainerHooks hooks_;
  StepRunner runner_;
};

}  // namespace tagloom

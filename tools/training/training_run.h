#pragma once
// Runs one training from its data to its report and fills its run folder.
#include <chrono>
#include <memory>
#include <set>
#include <string>

#include "engine/run/event_file.h"
#include "engine/run/run_folder.h"
#include "engine/run/run_log.h"
#include "engine/train/checkpoint.h"
#include "engine/train/evaluation.h"
#include "engine/train/trainer.h"
#include "models/fitting/fitted_head.h"
#include "tools/training/run_origin.h"

namespace tagloom {

class TrainingRun {
 public:
  // `config_text` is the run's config.toml.
  TrainingRun(const Settings& settings, std::string config_text, RunFolder& folder, TrainingData data, RunOrigin origin,
              std::unique_ptr<CnnTagger> model, Device device, bool quiet);

  // Returns the tool's exit code. `resumed` continues from the folder's last checkpoint, which `origin` is from. Throws Interrupted on
  // a signal before the first checkpoint can be saved.
  int run(bool resumed);

 private:
  void make_sources();
  void open_logs(int64_t logged, bool with_events);
  TrainerHooks hooks();
  EvaluationOutput evaluate_validation(bool with_loss);
  Evaluation evaluate_epoch();
  void measure_averages();
  void log_epoch(const EpochReport& epoch);
  bool is_worse_than_at_first() const;
  void warn_of_unreadable_pictures() const;
  void write_decisions(const EvaluationOutput& output, const std::string& weights);  // the file that it is fitted to
  int run_fit(FittedHead& head);
  void write_report();
  void write_report(const EvaluationOutput& output, const MetricReport& metrics);

  const Settings settings_;
  const std::string config_text_;
  RunFolder& folder_;
  const TrainingData data_;
  const std::unique_ptr<CnnTagger> model_;
  const Device device_;
  RunOrigin origin_;
  CheckpointIdentity identity_;
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  Progress progress_;

  TrainingFeatures features_;
  std::unique_ptr<BatchSource> train_source_, validation_source_;  // the second may be null
  std::unique_ptr<Optimizer> optimizer_;
  std::unique_ptr<Schedule> schedule_;
  std::unique_ptr<WeightAverage> average_;  // null without averaging
  struct {
    std::set<int64_t> train, validation;
  } unreadable_;           // pictures whose features are not kept
  TrainingHealth health_;  // of the last state saved
  double epoch_loss_ = 0;  // the last epoch's
  bool warned_ = false;    // of it
  std::optional<RunLog> log_;
  std::optional<EventFile> events_;
  std::vector<std::pair<std::string, std::string>> facts_;  // for the report, in addition to those of every run
};

}  // namespace tagloom

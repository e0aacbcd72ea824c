// Connects data, model, trainer and run folder, for training in epochs and for fitted models.
#include "tools/training/training_run.h"
#include "models/trained_run.h"

#include <algorithm>
#include <filesystem>
#include <iostream>

#include "engine/core/interrupt.h"
#include "engine/io/atomic_file.h"
#include "engine/train/batch_norm_statistics.h"
#include "engine/train/sane_checkpoint.h"
#include "kernels/base/warning.h"
#include "kernels/text/shell_quoted.h"
#include "models/build.h"
#include "tools/command_line/run_tool.h"
#include "tools/command_line/terminal.h"
#include "tools/output/left_out.h"
#include "tools/output/run_report.h"
#include "tools/setup/data_sources.h"
#include "tools/setup/resources.h"
#include "tools/training/divergence_advice.h"

namespace tagloom {
namespace {

// The features and tags of the pictures that could be read.
FitPictures fit_pictures(const Dataset& dataset, const FeatureTable& table, bool with_untagged = true) {
  FitPictures pictures;
  std::vector<int64_t> rows;
  for (size_t i = 0; i < table.row.size(); ++i) {
    const TagIds tags = dataset.sample(table.valid[i]).tags;
    if (tags.empty() && !with_untagged) continue;
    pictures.tags.push_back(tags.to_vector());
    rows.push_back(table.row[i]);
  }
  pictures.features = Tensor::empty({pictures.size(), table.rows.size(1)}, DType::kReal, table.rows.device());
  for (int64_t i = 0; i < pictures.size(); ++i) {
    pictures.features.rows(i, i + 1).copy_from(table.rows.rows(rows[i], rows[i] + 1));
  }
  return pictures;
}

// "neighbours.k 20, neighbours.sharpness 8"
std::string choice_words(const FitValues& values) {
  std::string words;
  for (const auto& [key, value] : values) words += format("{}{} {}", words.empty() ? "" : ", ", key, value);
  return words;
}

}  // namespace

TrainingRun::TrainingRun(const Settings& settings, std::string config_text, RunFolder& folder, TrainingData data,
                         RunOrigin origin, std::unique_ptr<CnnTagger> model, Device device, bool quiet)
    : settings_(settings),
      config_text_(std::move(config_text)),
      folder_(folder),
      data_(std::move(data)),
      model_(std::move(model)),
      device_(device),
      origin_(std::move(origin)),
      identity_(identity_of(data_.train.vocabulary())),
      progress_(stderr_progress(quiet)) {}

void TrainingRun::make_sources() {
  const auto source = [&](const Dataset& dataset, const std::optional<FeatureTable>& table, bool training, int64_t batch_size,
                          std::set<int64_t>& unreadable) {
    return make_source(settings_, dataset, table ? &*table : nullptr, training, batch_size, device_,
                       [&](const ReadFailure& failure) {
                         progress_.warn("skipped " + failure.reason);
                         unreadable.insert(failure.index);
                       });
  };
  features_ = prepare_training_features(settings_, *model_, data_, device_, progress_);
  for (const auto& [key, dataset, table] : {std::tuple("data.train", &data_.train, &features_.train),
                                            std::tuple("data.validation", &data_.validation, &features_.validation)}) {
    if (!table->has_value()) continue;
    if (const int64_t more = leave_out_as_before(key, *dataset, origin_, **table); more > 0) {
      kernels::warn(format("{}: {} that could not be read when the run began {} still left out", dataset->manifest().string(),
                           more == 1 ? "1 picture" : format("{} pictures", more), more == 1 ? "is" : "are"));
    }
  }
  identity_.origin = origin_text(origin_);
  train_source_ = source(data_.train, features_.train, true, settings_.train.batch_size, unreadable_.train);
  if (data_.validation.size() > 0) {
    validation_source_ =
        source(data_.validation, features_.validation, false, evaluation_batch(settings_), unreadable_.validation);
  }
}

// `logged`: the iteration up to which the log is kept. Each event file is new, so there is none without another epoch.
void TrainingRun::open_logs(int64_t logged, bool with_events) {
  log_.emplace(folder_.metrics(), logged);
  if (with_events) events_.emplace(folder_.path(), logged);
}

// Measures batch norm's statistics for the averaged weights, which must be in place.
void TrainingRun::measure_averages() {
  if (average_ && average_->count() > 0) {
    measure_batch_norm_statistics(*model_, *train_source_, static_cast<uint64_t>(settings_.train.seed));
  }
}

EvaluationOutput TrainingRun::evaluate_validation(bool with_loss) {
  EvaluationOutput output;
  run_in_memory(evaluation_batch(settings_), evaluation_batch_setting(settings_), device_,
                [&] { output = evaluate(*model_, *validation_source_, with_loss); });
  return output;
}

Evaluation TrainingRun::evaluate_epoch() {
  progress_.stop();
  const AveragesInPlace averages(average_.get());
  measure_averages();
  const EvaluationOutput output = evaluate_validation(true);
  return {output.loss, measure(output, data_.train.vocabulary().size(), metric_options(settings_)).values};
}

void TrainingRun::log_epoch(const EpochReport& epoch) {
  progress_.stop();
  log_->append({epoch.iteration, epoch.epoch, "train", {{"loss", epoch.train_loss}, {"learning_rate", epoch.learning_rate}}});
  events_->add_scalar("train/loss", epoch.iteration, epoch.train_loss);
  std::vector<ProgressValue> shown{{"loss", epoch.train_loss}};
  if (epoch.evaluation) {
    std::vector<std::pair<std::string, double>> values{{"loss", epoch.evaluation->loss}};
    values.insert(values.end(), epoch.evaluation->metrics.begin(), epoch.evaluation->metrics.end());
    for (const auto& [name, value] : values) events_->add_scalar("validation/" + name, epoch.iteration, value);
    log_->append({epoch.iteration, epoch.epoch, "validation", values});
    shown.push_back({"validation_loss", epoch.evaluation->loss});
    if (settings_.train.best_by != "loss") {
      if (const double* best = epoch.evaluation->find(settings_.train.best_by)) shown.push_back({settings_.train.best_by, *best});
    }
  }
  events_->flush();
  progress_.report("epoch", epoch.epoch, settings_.train.epochs, shown);
}

TrainerHooks TrainingRun::hooks() {
  TrainerHooks hooks;
  if (validation_source_) hooks.evaluate = [this] { return evaluate_epoch(); };
  hooks.on_epoch_begin = [this](const TrainingPosition& at) {
    const int64_t epochs = settings_.train.epochs, per_epoch = train_source_->pictures();
    progress_.start({.name = "epoch",
                     .number = at.epoch + 1,
                     .count = epochs,
                     .pictures = per_epoch,
                     .pictures_done = at.batch * settings_.train.batch_size,
                     .pictures_after = (epochs - at.epoch - 1) * per_epoch});
  };
  hooks.on_step = [this](const StepReport& step) {
    if (average_) average_->update(step.iteration);
    progress_.advance(step.pictures, step.loss);
  };
  hooks.on_epoch = [this](const EpochReport& epoch) {
    epoch_loss_ = epoch.train_loss;
    log_epoch(epoch);
  };
  hooks.save_last = [this](const TrainingPosition& at) {
    health_ = at.health;
    if (is_worse_than_at_first() && !warned_) {  // once; it may recover
      warned_ = true;
      progress_.stop();
      kernels::warn(format("the loss of epoch {} is {}, that of the first pictures was {}: the learning rate may be too high",
                           at.epoch, epoch_loss_, health_.untrained_loss));
    }
    replace_checkpoint(folder_.last(), folder_.previous(), at.health.sane,
                       [&] { save_checkpoint(*model_, *optimizer_, *schedule_, at, identity_, folder_.last(), average_.get()); });
  };
  hooks.on_divergence = [this](const TrainingPosition& at) {
    progress_.stop();
    try {
      const std::optional<TrainingPosition> restored = restore_sane_checkpoint(folder_.last(), folder_.previous());
      if (!restored) std::filesystem::remove(folder_.best());  // the best of ruined states
      return divergence_advice(settings_, folder_.path(), at, restored);
    } catch (const std::exception& error) {
      return format("Its last sane state could not be restored: {}", error.what());
    }
  };
  hooks.save_best = [this](const TrainingPosition&) {
    const AveragesInPlace averages(average_.get());
    save_tagger(*model_, identity_, folder_.best());
  };
  hooks.interrupted = [] { return Interrupt::signal() != 0; };
  return hooks;
}

bool TrainingRun::is_worse_than_at_first() const {
  constexpr double kWorse = 2;  // the losses of a few pictures and of an epoch differ
  return !health_.sane && health_.untrained_loss > 0 && epoch_loss_ > kWorse * health_.untrained_loss;
}

void TrainingRun::warn_of_unreadable_pictures() const {
  const auto warn = [](const Dataset& dataset, const std::set<int64_t>& unreadable) {
    std::vector<int64_t> read;
    for (int64_t i = 0; i < dataset.size(); ++i) {
      if (!unreadable.contains(i)) read.push_back(i);
    }
    warn_of_unreadable(dataset, read);
  };
  warn(data_.train, unreadable_.train);
  warn(data_.validation, unreadable_.validation);
}

int TrainingRun::run(bool resumed) {
  TrainingPosition position;
  if (resumed) {
    position = checkpoint_position(folder_.last());
    const int64_t begun = position.epoch + (position.batch > 0 ? 1 : 0), epochs = settings_.train.epochs;
    TL_CHECK(begun <= epochs, "train.epochs is {}, but {} has already begun epoch {}: set a larger number, or leave it out",
             epochs, folder_.path(), begun);
    if (position.is_last(epochs, settings_.train.patience)) {
      progress_.say(
          format("{} is complete: to train it longer, set {}", folder_.path(),
                 position.epoch == epochs ? format("train.epochs to more than {}", epochs) : "a larger train.patience"));
    }
    load_tagger(*model_, identity_, folder_.last());  // before the features, which its backbone computes
    try {
      make_sources();  // before the settings are written, because it may refuse the pictures
    } catch (const Interrupted&) {
      folder_.write_config(config_text_);
      throw;
    }
    folder_.begin();
    folder_.write_config(config_text_);
  } else {
    folder_.write_config(config_text_);
    folder_.write_vocabulary(data_.train.vocabulary().names());
    make_sources();
  }
  if (auto* const head = dynamic_cast<FittedHead*>(&model_->head())) return run_fit(*head);
  optimizer_ = build_optimizer(settings_, *model_);
  schedule_ = build_schedule(settings_, train_source_->batches());
  average_ = build_average(settings_, *model_, train_source_->batches());
  if (resumed) {
    position = load_checkpoint(*model_, *optimizer_, *schedule_, identity_, folder_.last(), average_.get());
  }
  open_logs(resumed ? position.epoch_start : -1,
            !position.is_last(settings_.train.epochs, settings_.train.patience));  // later epochs will be logged again

  Trainer trainer(*model_, *optimizer_, *schedule_, *train_source_,
                  {.epochs = settings_.train.epochs,
                   .seed = static_cast<uint64_t>(settings_.train.seed),
                   .evaluate_every = settings_.train.evaluate_every,
                   .checkpoint_every = settings_.train.checkpoint_every,
                   .best_by = settings_.train.best_by,
                   .best_is_max = settings_.train.best_mode == BestMode::kMax,
                   .patience = settings_.train.patience},
                  hooks());
  TrainingOutcome outcome = TrainingOutcome::kFinished;
  run_in_memory(settings_.train.batch_size, "train.batch_size", device_, [&] { outcome = trainer.run(position); });
  progress_.stop();
  warn_of_unreadable_pictures();
  if (outcome == TrainingOutcome::kInterrupted) {
    std::cerr << "tagtrain: interrupted and saved; resume with: tagtrain --resume " << shell_quoted(folder_.path()) << "\n";
    return exit_code_of_signal(Interrupt::signal());
  }
  if (outcome == TrainingOutcome::kOutOfPatience) {
    progress_.say(format("stopped early: no better {} in {} epochs", settings_.train.best_by, settings_.train.patience));
  }
  if (is_worse_than_at_first()) {
    kernels::warn(
        format("the loss of the last epoch is {}, that of the first pictures was {}: train again with a lower learning rate: "
               "tagtrain -c {} "
               "-o FOLDER --set optim.learning_rate={}",
               epoch_loss_, health_.untrained_loss, shell_quoted(folder_.config()), lower_learning_rate(settings_)));
  }
  const bool has_best = std::filesystem::exists(folder_.best());
  if (position.best_value && !has_best) {
    kernels::warn(format("{} is missing: it is written again with the weights of the last epoch", folder_.best()));
  }
  if (!validation_source_ || !has_best) {  // nothing selects the best weights: those of the end, averaged if there is an average
    const AveragesInPlace averages(average_.get());
    measure_averages();
    save_tagger(*model_, identity_, folder_.best());
  }
  if (validation_source_) write_report();
  folder_.finish();
  return kExitDone;
}

// Written for any settings, because tageval and tagpredict may use them later; only if all scores are in [0, 1].
void TrainingRun::write_decisions(const EvaluationOutput& output, const std::string& weights) {
  const std::vector<float>& scores = output.predictions.scores;
  if (!std::all_of(scores.begin(), scores.end(), [](float score) { return score >= 0 && score <= 1; })) return;
  const Vocabulary& vocabulary = data_.train.vocabulary();
  const auto otherwise = static_cast<float>(settings_.metrics.threshold);
  write_file_atomically(folder_.decisions(), decisions_text(fit_decisions(scores, output.truth, vocabulary.size(), otherwise),
                                                            vocabulary.names(), weights_hash(weights)));
}

// Fits a model without epochs: chooses its values and evaluates them on the validation pictures, then with fit.refit fits it again to
// the training and validation pictures. Writes results only at the end.
int TrainingRun::run_fit(FittedHead& head) {
  const auto stop_if_interrupted = [] {
    if (Interrupt::signal() != 0) throw Interrupted{Interrupt::signal()};
  };
  const FitPictures train = fit_pictures(data_.train, *features_.train);
  const FitPictures held_out = validation_source_ ? fit_pictures(data_.validation, *features_.validation) : FitPictures();
  const MetricOptions how = metric_options(settings_);
  const int64_t tags = data_.train.vocabulary().size();
  if (head.has_to_choose()) {
    const double sign = settings_.train.best_mode == BestMode::kMin ? -1 : 1;
    head.choose(train, held_out,
                {.judge =
                     [&](const Predictions& predictions) {
                       stop_if_interrupted();
                       const MetricReport metrics = measure(EvaluationOutput{predictions, held_out.tags, {}, 0}, tags, how);
                       const double* const value = metrics.find(settings_.train.best_by);
                       TL_CHECK(value != nullptr, "train.best_by: this run has no metric \"{}\"", settings_.train.best_by);
                       return sign * *value;
                     },
                 .on_trial =
                     [&](const FitValues& values, double judgement) {
                       progress_.say(format("{}: {} {}", choice_words(values), settings_.train.best_by, sign * judgement));
                     }});
  } else {
    head.fit(train);
  }
  stop_if_interrupted();
  const std::string chosen = choice_words(head.chosen());
  if (head.has_to_choose()) progress_.say(format("chosen: {}", chosen));
  EvaluationOutput output;
  MetricReport metrics;
  if (validation_source_) {
    output = evaluate_validation(false);
    metrics = measure(output, tags, how);
    if (settings_.refit) {
      const bool with_untagged = !settings_.data.dataset.drop_untagged;
      head.fit(joined(train, fit_pictures(data_.validation, *features_.validation, with_untagged)));
    }
    stop_if_interrupted();
  }
  open_logs(-1, true);
  if (validation_source_) {
    log_->append({0, 0, "validation", metrics.values});
    for (const auto& [name, value] : metrics.values) events_->add_scalar("validation/" + name, 0, value);
    events_->flush();
  }
  save_tagger(*model_, identity_, folder_.best());
  if (!validation_source_) {
    folder_.finish();
    return kExitDone;
  }
  if (const double* const value = metrics.find(settings_.train.best_by)) {
    progress_.say(format("validation: {} {}", settings_.train.best_by, *value));
  }
  facts_ = {{"chosen", chosen},
            {"fitted to", settings_.refit ? "the training pictures for this evaluation, then also to the validation pictures"
                                          : "the training pictures"}};
  write_decisions(output, folder_.best());
  write_report(output, metrics);
  folder_.finish();
  return kExitDone;
}

void TrainingRun::write_report() {
  load_tagger(*model_, identity_, folder_.best());
  const EvaluationOutput output = evaluate(*model_, *validation_source_, true);
  const MetricReport metrics = measure(output, data_.train.vocabulary().size(), metric_options(settings_));
  write_decisions(output, folder_.best());
  write_report(output, metrics);
}

void TrainingRun::write_report(const EvaluationOutput& output, const MetricReport& metrics) {
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
  std::vector<std::pair<std::string, std::string>> facts{{"device", device_.description()},
                                                         {"parameters", std::to_string(model_->parameter_count())},
                                                         {"training pictures", std::to_string(data_.train.size())},
                                                         {"time", duration_text(seconds)}};
  for (const auto& [name, text] :
       {std::pair("left out of training", left_out_text(data_.train.report())),
        std::pair("left out of validation", left_out_text(data_.validation.report_after_reading(output.index)))}) {
    if (!text.empty()) facts.emplace_back(name, text);
  }
  facts.emplace_back("untagged", untagged_words(settings_.data.dataset.untagged));
  facts.insert(facts.end(), facts_.begin(), facts_.end());
  write_run_report({.path = folder_.report(),
                    .settings = &settings_,
                    .data = &data_.validation,
                    .split = "validation",
                    .evaluated = &output,
                    .metrics = &metrics,
                    .rule = selection_rule(metric_options(settings_)),
                    .model = model_.get(),
                    .device = device_,
                    .training_counts = data_.train.tag_counts(),
                    .log = log_->records(),
                    .facts = std::move(facts),
                    .config = config_text_});
  progress_.say(format("report: {}", folder_.report()));
}

}  // namespace tagloom

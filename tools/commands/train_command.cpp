// tagtrain: trains a tagger from settings, into a run folder that holds everything to evaluate it, use it and go on with it.
#include <chrono>
#include <filesystem>
#include <iostream>

#include "engine/run/event_file.h"
#include "engine/run/interrupt.h"
#include "engine/run/run_folder.h"
#include "engine/run/run_log.h"
#include "tools/command_line/config.h"
#include "tools/command_line/options.h"
#include "tools/command_line/run_tool.h"
#include "tools/command_line/terminal.h"
#include "tools/command_line/version.h"
#include "tools/commands/commands.h"
#include "tools/output/run_report.h"
#include "tools/session.h"

namespace tagloom {
namespace {

struct TrainFlags {
  SettingsFlags settings;
  std::string output, resume;
  bool quiet = false, dry_run = false;
};

struct TrainData {
  Dataset train, validation;
};

// The datasets of a run; a resumed run brings its vocabulary.
TrainData open_data(const Settings& settings, const Vocabulary* known) {
  const DataSettings& data = settings.data;
  TL_CHECK(!data.train.empty(),
           "data.train is not set: name the training manifest in the configuration or with --set data.train=FILE");
  const DatasetSettings how = dataset_settings(settings);
  Dataset train = known                      ? Dataset::open(data.train, *known, how)
                  : !data.vocabulary.empty() ? Dataset::open(data.train, Vocabulary::load(data.vocabulary), how)
                                             : Dataset::open(data.train, how);
  if (!data.validation.empty()) {
    Dataset validation = Dataset::open(data.validation, train.vocabulary(), how);
    return {std::move(train), std::move(validation)};
  }
  if (data.validation_fraction <= 0 || train.size() < 2) return {std::move(train), Dataset()};
  auto [rest, cut] = train.split(data.validation_fraction, static_cast<uint64_t>(settings.train.seed));
  return {std::move(rest), std::move(cut)};
}

void print_plan(std::ostream& out, const Settings& settings, const TrainData& data, const CnnTagger& model, Device device,
                const std::string& output) {
  const auto row = [&](const char* name, const std::string& text) {
    out << "  " << name << std::string(12 - std::string(name).size(), ' ') << text << "\n";
  };
  const int64_t per_epoch = (data.train.size() + settings.train.batch_size - 1) / settings.train.batch_size;
  row("data", format("{} training and {} validation pictures, {} tags", data.train.size(), data.validation.size(),
                     data.train.vocabulary().size()));
  const DatasetReport& report = data.train.report();
  if (report.untagged + report.left_untagged > 0 && settings.data.drop_untagged) {
    row("", format("{} pictures without tags are left out", report.untagged + report.left_untagged));
  }
  if (!report.missing_files.empty())
    row("", format("{} pictures are missing and skipped; the first: {}", report.missing_files.size(), report.missing_files[0]));
  row("model", format("{} on {}, {} parameters", std::get<std::string>(find_setting("model.kind")->get(settings)),
                      settings.backbone.name, model.parameter_count()));
  row("device", device.description());
  row("plan", format("{} epochs of {} steps, {} pictures a step", settings.train.epochs, per_epoch, settings.train.batch_size));
  row("output", output);
}

class TrainingRun {
 public:
  TrainingRun(const TrainFlags& flags, Settings settings, RunFolder& folder, bool resumed)
      : settings_(std::move(settings)), folder_(folder), resumed_(resumed), progress_(stderr_progress(flags.quiet)) {}

  int run(Device device, TrainData data, std::unique_ptr<CnnTagger> model, const std::string& config_text);

 private:
  Settings settings_;
  RunFolder& folder_;
  bool resumed_;
  Progress progress_;
};

int TrainingRun::run(Device device, TrainData data, std::unique_ptr<CnnTagger> model, const std::string& config_text) {
  const auto started = std::chrono::steady_clock::now();
  const CheckpointIdentity identity = identity_of(data.train.vocabulary());
  if (resumed_) load_tagger(*model, identity, folder_.last());  // features are of its backbone
  const bool fixed = features_are_fixed(settings_, true), fixed_validation = features_are_fixed(settings_, false);
  FeatureTable train_table, validation_table;
  if (fixed)
    train_table = prepare_features(settings_, *model, data.train, "features of the training pictures", device, progress_);
  const bool validate = data.validation.size() > 0;
  if (validate && fixed_validation) {
    validation_table =
        prepare_features(settings_, *model, data.validation, "features of the validation pictures", device, progress_);
  }
  const auto train_source =
      make_source(settings_, data.train, fixed ? &train_table : nullptr, true, settings_.train.batch_size, device, progress_);
  const int64_t evaluation_batch = settings_.eval.batch_size > 0 ? settings_.eval.batch_size : settings_.train.batch_size;
  const auto validation_source = validate
                                     ? make_source(settings_, data.validation, fixed_validation ? &validation_table : nullptr,
                                                   false, evaluation_batch, device, progress_)
                                     : nullptr;

  const std::unique_ptr<Optimizer> optimizer = build_optimizer(settings_, *model);
  const std::unique_ptr<Schedule> schedule = build_schedule(settings_, train_source->batches());
  TrainingPosition position;
  if (resumed_) position = load_checkpoint(*model, *optimizer, *schedule, identity, folder_.last());
  if (!resumed_) {
    folder_.write_vocabulary(data.train.vocabulary().names());
    folder_.write_config(config_text);
  }
  const int64_t logged = resumed_ ? position.epoch_start : -1;  // what was logged later will be logged again
  RunLog log(folder_.metrics(), logged);
  EventFile events(folder_.path(), logged);

  const int64_t epochs = settings_.train.epochs, per_epoch = train_source->pictures();
  MetricReport last_report;
  TrainerHooks hooks;
  if (validate) {
    hooks.evaluate = [&] {
      progress_.stop();
      const Answers answers = answer(*model, *validation_source, true);
      last_report = measure_answers(answers, data.train.vocabulary().size(), metric_options(settings_));
      return Evaluation{answers.loss, last_report.values};
    };
  }
  hooks.on_epoch_begin = [&](const TrainingPosition& at) {
    progress_.start({.name = "epoch",
                     .number = at.epoch + 1,
                     .count = epochs,
                     .pictures = per_epoch,
                     .pictures_done = at.batch * settings_.train.batch_size,
                     .pictures_after = (epochs - at.epoch - 1) * per_epoch});
  };
  hooks.on_step = [&](const StepReport& step) { progress_.advance(step.pictures, step.loss); };
  hooks.on_epoch = [&](const EpochReport& epoch) {
    progress_.stop();
    log.append({epoch.iteration, epoch.epoch, "train", {{"loss", epoch.train_loss}, {"learning_rate", epoch.learning_rate}}});
    events.add_scalar("train/loss", epoch.iteration, epoch.train_loss);
    std::vector<ProgressValue> shown{{"loss", epoch.train_loss}};
    if (epoch.evaluation) {
      std::vector<std::pair<std::string, double>> values{{"loss", epoch.evaluation->loss}};
      values.insert(values.end(), epoch.evaluation->metrics.begin(), epoch.evaluation->metrics.end());
      for (const auto& [name, value] : values) events.add_scalar("validation/" + name, epoch.iteration, value);
      log.append({epoch.iteration, epoch.epoch, "validation", values});
      shown.push_back({"validation_loss", epoch.evaluation->loss});
      if (settings_.train.best_by != "loss") {
        if (const double* best = epoch.evaluation->find(settings_.train.best_by))
          shown.push_back({settings_.train.best_by, *best});
      }
    }
    events.flush();
    progress_.report("epoch", epoch.epoch, epochs, shown);
  };
  hooks.save_last = [&](const TrainingPosition& at) {
    save_checkpoint(*model, *optimizer, *schedule, at, identity, folder_.last());
  };
  hooks.save_best = [&](const TrainingPosition&) { save_tagger(*model, identity, folder_.best()); };
  hooks.interrupted = [] { return Interrupt::signal() != 0; };

  Trainer trainer(*model, *optimizer, *schedule, *train_source,
                  {.epochs = epochs,
                   .seed = static_cast<uint64_t>(settings_.train.seed),
                   .evaluate_every = settings_.train.evaluate_every,
                   .checkpoint_every = settings_.train.checkpoint_every,
                   .best_by = settings_.train.best_by,
                   .best_is_max = settings_.train.best_mode == BestMode::kMax},
                  std::move(hooks));
  const TrainingOutcome outcome = trainer.run(position);
  progress_.stop();
  if (outcome == TrainingOutcome::kInterrupted) {
    std::cerr << "tagtrain: interrupted and saved; go on with: tagtrain --resume " << folder_.path() << "\n";
    return exit_code_of_signal(Interrupt::signal());
  }

  if (validate) {  // the report shows the weights that are kept: the best ones
    if (std::filesystem::exists(folder_.best())) load_tagger(*model, identity, folder_.best());
    const Answers answers = answer(*model, *validation_source, true);
    last_report = measure_answers(answers, data.train.vocabulary().size(), metric_options(settings_));
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    write_run_report({.path = folder_.report(),
                      .settings = &settings_,
                      .data = &data.validation,
                      .split = "validation",
                      .answers = &answers,
                      .metrics = &last_report,
                      .training_counts = data.train.tag_counts(),
                      .log = log.records(),
                      .facts = {{"device", device.description()},
                                {"parameters", std::to_string(model->parameter_count())},
                                {"training pictures", std::to_string(data.train.size())},
                                {"time", duration_text(seconds)}},
                      .config = config_text});
    progress_.say(format("report: {}", folder_.report()));
  }
  return kExitDone;
}

}  // namespace

int train_command(const std::vector<std::string>& arguments) {
  TrainFlags flags;
  Options options("tagtrain", "Trains a tagger: a CNN that reads a picture, and what writes its tags.");
  options.settings(flags.settings)
      .value("-o,--output", flags.output, "FOLDER", "The run folder to make.")
      .value("--resume", flags.resume, "RUN", "Go on with the run in this folder, from its last checkpoint.")
      .flag("--dry-run", flags.dry_run, "Say what would be done, and stop.")
      .flag("-q,--quiet", flags.quiet, "Say nothing but warnings and errors.")
      .note(
          "tagtrain -c models/configs/scenes_rank.toml -o runs/scenes_rank\n"
          "tagtrain --resume runs/scenes_rank\n\n"
          "Exit codes: 0 done, 2 settings, 3 data, 4 device, 5 the loss is not finite, 130/143 interrupted and saved.");
  if (!options.parse(arguments)) return kExitDone;

  const bool resumed = !flags.resume.empty();
  TL_CHECK(resumed || flags.dry_run || !flags.output.empty(), "say where the run goes: -o FOLDER");
  TL_CHECK(!resumed || flags.output.empty(), "--resume goes on in the run's own folder: leave -o out");
  TL_CHECK(resumed || !flags.settings.config.empty(), "say what to train: -c FILE (models/configs has some)");
  Interrupt interrupt;
  if (resumed) require_resumable_run(flags.resume);
  Settings settings =
      read_settings({resumed ? flags.resume + "/config.toml" : "", flags.settings.config}, flags.settings.assignments);
  find_inputs(settings,
              resumed ? InputsOf::kResumedRun
                      : InputsOf::kNewRun);  // before they are written down, so that the run finds them again from any folder
  const std::string config_text = settings_to_toml(settings, config_heading("tagtrain", arguments));
  set_threads(settings);
  const Device device = Device::parse(settings.train.device);

  std::optional<Vocabulary> known;
  if (resumed) known = Vocabulary::load(flags.resume + "/vocabulary.txt");
  TrainData data = open_data(settings, known ? &*known : nullptr);
  std::unique_ptr<CnnTagger> model =
      build_tagger(settings, data.train.vocabulary().size(), device, resumed ? StartFrom::kCheckpoint : StartFrom::kSettings);
  const std::string output = resumed ? flags.resume : flags.output;
  if (!flags.quiet) print_plan(std::cerr, settings, data, *model, device, output.empty() ? "none (--dry-run)" : output);
  if (flags.dry_run) return kExitDone;

  RunFolder folder = resumed ? RunFolder::resume(output) : RunFolder::create(output);
  try {
    return TrainingRun(flags, settings, folder, resumed).run(device, std::move(data), std::move(model), config_text);
  } catch (const Interrupted& signal) {
    std::cerr << "tagtrain: interrupted before training began; nothing was lost\n";
    return exit_code_of_signal(signal.signal);
  }
}

}  // namespace tagloom

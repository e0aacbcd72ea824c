// tagtrain: trains a tagger from settings, into a run folder that holds everything to evaluate it, use it and go on with it.
#include <iostream>
#include <sstream>

#include "engine/run/interrupt.h"
#include "models/build.h"
#include "models/settings/settings.h"
#include "tools/command_line/config.h"
#include "tools/command_line/options.h"
#include "tools/command_line/run_tool.h"
#include "tools/commands/commands.h"
#include "tools/setup/resources.h"
#include "tools/suite/suite_run.h"
#include "tools/training/memory_plan.h"
#include "tools/training/training_run.h"

namespace tagloom {
namespace {

struct TrainFlags {
  SettingsFlags settings;
  std::string output, resume;
  bool quiet = false, dry_run = false;
  SuiteFlags suite;
};

int train_suite(TrainFlags& flags) {
  TL_CHECK(flags.settings.config.empty() && flags.resume.empty(),
           "--suite names its own configurations, and goes on by itself where it was stopped: leave -c and --resume out");
  TL_CHECK(!flags.output.empty(), "say where the suite's runs go: -o FOLDER");
  for (const Assignment& one : flags.settings.assignments) {
    TL_CHECK(one.key != "train.seed", "--suite has seeds of its own: leave {} out", one.where);
    const std::string* text = std::get_if<std::string>(&one.value);
    flags.suite.set.push_back(one.key + "=" + (text != nullptr ? *text : value_text(one.value)));
  }
  flags.suite.output = flags.output;
  flags.suite.dry_run = flags.dry_run;
  flags.suite.quiet = flags.quiet;
  return run_suite(flags.suite);
}

// The short table before a training: what it would do. `memory` may be several lines, or none; `output` is the run folder, or says that
// there is none.
void print_plan(std::ostream& out, const Settings& settings, const TrainingData& data, const CnnTagger& model, Device device,
                const std::string& memory, const std::string& output) {
  const auto row = [&](const char* name, const std::string& text) {
    out << "  " << name << std::string(12 - std::string(name).size(), ' ') << text << "\n";
  };
  const int64_t per_epoch = (data.train.size() + settings.train.batch_size - 1) / settings.train.batch_size;
  row("data", format("{} training and {} validation pictures, {} tags", data.train.size(), data.validation.size(),
                     data.train.vocabulary().size()));
  const DatasetReport& report = data.train.report();
  if (report.untagged + report.left_untagged > 0 && settings.data.dataset.drop_untagged) {
    row("", format("{} pictures without tags are left out", report.untagged + report.left_untagged));
  }
  if (!report.missing_files.empty())
    row("", format("{} pictures are missing and skipped; the first: {}", report.missing_files.size(), report.missing_files[0]));
  row("model", format("{} on {}, {} parameters", settings.model.kind, settings.backbone.name, model.parameter_count()));
  row("device", device.description());
  if (settings.model.is_fitted()) {
    row("plan", "fitted at once");
  } else {
    row("plan", format("{} epochs of {} steps, {} pictures a step", settings.train.epochs, per_epoch, settings.train.batch_size));
  }
  std::istringstream lines(memory);
  for (std::string line, name = "memory"; std::getline(lines, line); name.clear()) row(name.c_str(), line);
  row("output", output);
}

}  // namespace

int train_command(const std::vector<std::string>& arguments) {
  TrainFlags flags;
  Options options("tagtrain", "Trains a tagger: a CNN that reads a picture, and what writes its tags.");
  options.settings(flags.settings)
      .value("-o,--output", flags.output, "FOLDER", "The run folder to make.")
      .value("--resume", flags.resume, "RUN", "Go on with the run in this folder, from its last checkpoint.")
      .flag("--dry-run", flags.dry_run, "Say what would be done and what memory it takes, and stop.")
      .value("--suite", flags.suite.file, "FILE", "Train and evaluate every system of a suite, and print their tables.")
      .value("--jobs", flags.suite.jobs, "N",
             "--suite: trainings side by side, each with its share of the cores; 1 where left out.")
      .value("--tables", flags.suite.page, "PAGE", "--suite: put the tables between its markers in this Markdown page too.")
      .flag("--json", flags.suite.json, "--suite: one JSON object on stdout in place of the tables.")
      .flag("-q,--quiet", flags.quiet, "Say nothing but warnings and errors.")
      .note(
          "tagtrain -c models/configs/scenes_rank.toml -o runs/scenes_rank\n"
          "tagtrain --resume runs/scenes_rank\n"
          "tagtrain --suite models/configs/suites/corel5k.toml -o runs/suite_corel5k\n\n"
          "Exit codes: 0 done, 2 settings, 3 data, 4 device, 5 the loss is not finite, 130/143 interrupted and saved.");
  if (!options.parse(arguments)) return kExitDone;
  if (!flags.suite.file.empty()) return train_suite(flags);
  TL_CHECK(flags.suite.page.empty() && !flags.suite.json && flags.suite.jobs == 0,
           "--jobs, --tables and --json belong to --suite FILE");

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
  TrainingData data = open_training_data(settings, known ? &*known : nullptr);
  std::unique_ptr<CnnTagger> model =
      build_tagger(settings, tag_statistics(data.train), device, resumed ? StartFrom::kCheckpoint : StartFrom::kSettings);
  const std::string output = resumed ? flags.resume : flags.output;
  std::optional<MemoryPlan> memory;  // Linux kills who takes more than there is, so it is asked before; a GPU just says no
  if (flags.dry_run || !device.is_cuda()) memory = measure_memory(settings, data, *model, device);
  if (!flags.quiet) {
    print_plan(std::cerr, settings, data, *model, device, flags.dry_run ? memory_text(*memory) : "",
               output.empty() ? "none (--dry-run)" : output);
  }
  if (memory) check_memory(*memory, device);
  if (flags.dry_run) return kExitDone;

  RunFolder folder = resumed ? RunFolder::resume(output) : RunFolder::create(output);
  try {
    return TrainingRun(settings, config_text, folder, std::move(data), std::move(model), device, flags.quiet).run(resumed);
  } catch (const Interrupted& signal) {
    std::cerr << "tagtrain: interrupted before there was something to save; nothing was lost\n";
    return exit_code_of_signal(signal.signal);
  }
}

}  // namespace tagloom

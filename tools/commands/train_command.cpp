// tagtrain: trains a tagger from settings and writes a run folder with everything needed to evaluate, use and resume it.
#include <iostream>
#include <sstream>

#include "engine/core/interrupt.h"
#include "engine/train/checkpoint.h"
#include "kernels/text/shell_quoted.h"
#include "models/build.h"
#include "models/settings/settings.h"
#include "models/trained_run.h"
#include "tools/command_line/config.h"
#include "tools/command_line/options.h"
#include "tools/command_line/run_tool.h"
#include "tools/commands/commands.h"
#include "tools/output/left_out.h"
#include "tools/setup/open_run.h"
#include "tools/setup/resources.h"
#include "tools/suite/suite_run.h"
#include "tools/training/memory_plan.h"
#include "tools/training/training_run.h"

namespace tagloom {
namespace {

struct TrainFlags {
  SettingsFlags settings;
  std::string output, resume;
  bool quiet = false, dry_run = false, strict = false;
  SuiteFlags suite;
};

int train_suite(TrainFlags& flags) {
  TL_CHECK(flags.settings.config.empty() && flags.resume.empty(),
           "--suite has its own configurations and resumes by itself: leave out -c and --resume");
  TL_CHECK(flags.suite.jobs >= 0 && flags.suite.jobs <= 1024, "--jobs is {}: it must be 1 to 1024", flags.suite.jobs);
  TL_CHECK(!flags.output.empty(), "--suite needs a folder for its runs: give -o FOLDER");
  for (const Assignment& one : flags.settings.assignments) {
    TL_CHECK(one.key != "train.seed", "--suite sets the seeds itself: leave out {}", one.where);
    const std::string* text = std::get_if<std::string>(&one.value);
    flags.suite.set.push_back(one.key + "=" + (text != nullptr ? *text : value_text(one.value)));
  }
  flags.suite.output = flags.output;
  flags.suite.dry_run = flags.dry_run;
  flags.suite.quiet = flags.quiet;
  flags.suite.strict = flags.strict;
  return run_suite(flags.suite);
}

// Prints the plan of a training as a short table. `memory` has any number of lines; `output` is the text of its last row.
void print_plan(std::ostream& out, const Settings& settings, const TrainingData& data, const CnnTagger& model, Device device,
                const std::string& memory, const std::string& output) {
  const auto row = [&](const char* name, const std::string& text) {
    out << "  " << name << std::string(12 - std::string(name).size(), ' ') << text << "\n";
  };
  const int64_t per_epoch = (data.train.size() + settings.train.batch_size - 1) / settings.train.batch_size;
  row("data", format("{} training and {} validation pictures, {} tags", data.train.size(), data.validation.size(),
                     data.train.vocabulary().size()));
  for (const Dataset* dataset : data.manifests()) {
    for (const LeftOut& one : left_out(dataset->report())) {
      if (one.count > 0 && !one.is_loss) row("", format("{}: {}", dataset->manifest().filename().string(), one.sentence));
    }
  }
  row("model", format("{} on {}, {} parameters", settings.model.kind, settings.backbone.name, model.parameter_count()));
  row("device", device.description());
  if (settings.model.is_fitted()) {
    row("plan", "fitted in one pass, without epochs");
  } else {
    row("plan",
        format("{} epochs of {} steps, {} pictures per step", settings.train.epochs, per_epoch, settings.train.batch_size));
  }
  std::istringstream lines(memory);
  for (std::string line, name = "memory"; std::getline(lines, line); name.clear()) row(name.c_str(), line);
  row("output", output);
}

}  // namespace

int train_command(const std::vector<std::string>& arguments) {
  if (!arguments.empty() && arguments.front() == "export") return export_tagger_command({arguments.begin() + 1, arguments.end()});
  TrainFlags flags;
  Options options("tagtrain", "Trains a tagger: a CNN with a model that writes the tags of a picture.");
  options.settings(flags.settings)
      .value("-o,--output", flags.output, "FOLDER", "The run folder to create.")
      .value("--resume", flags.resume, "RUN", "Resume the run in this folder from its last checkpoint.")
      .flag("--dry-run", flags.dry_run, "Print the plan and the memory that it needs, and exit.")
      .value("--suite", flags.suite.file, "FILE", "Train and evaluate every system of a suite, and print its tables.")
      .value("--jobs", flags.suite.jobs, "N", "--suite: run N trainings at a time, each with its share of the cores. Default 1.")
      .value("--tables", flags.suite.page, "PAGE", "--suite: also write the tables between their markers in this Markdown page.")
      .flag("--strict", flags.strict,
            "Exit with 3 if any picture, row or tag would be left out (but for data.minimum_count), or repeats.")
      .flag("--json", flags.suite.json, "--suite: print one JSON object instead of the tables.")
      .flag("-q,--quiet", flags.quiet, "Print only warnings and errors.")
      .note(
          "tagtrain -c models/configs/scenes_rank.toml -o runs/scenes_rank\n"
          "tagtrain --resume runs/scenes_rank\n"
          "tagtrain --suite models/configs/suites/corel5k.toml -o runs/suite_corel5k\n"
          "tagtrain export runs/scenes_rank rank.onnx      (tagtrain export --help)\n\n"
          "Exit codes: 0 done, 2 settings, 3 data, 4 device, 5 diverged, 129/130/143 interrupted and saved.");
  options.describe(export_description());
  if (!options.parse(arguments)) return kExitDone;
  if (!flags.suite.file.empty()) {
    flags.suite.command = config_heading("tagtrain", arguments).back();
    return train_suite(flags);
  }
  TL_CHECK(flags.suite.page.empty() && !flags.suite.json && flags.suite.jobs == 0,
           "--jobs, --tables and --json need --suite FILE");

  const bool given = !flags.resume.empty();
  if (flags.settings.show) {
    if (given) return show_config(flags.resume, flags.settings);
    std::cout << shown_config({flags.settings.config}, flags.settings.assignments);
    return kExitDone;
  }
  TL_CHECK(given || flags.dry_run || !flags.output.empty(), "a training needs a run folder: give -o FOLDER");
  TL_CHECK(!given || flags.output.empty(), "--resume continues in the run's own folder: leave out -o");
  TL_CHECK(given || !flags.settings.config.empty(), "a training needs settings: give -c FILE, such as a file of models/configs");
  Interrupt interrupt;
  if (given) require_resumable_run(flags.resume);
  const bool resumed = given && run_state(flags.resume) == RunState::kResumable;  // otherwise it starts again
  const std::string config = flags.resume + "/config.toml";
  Settings settings = read_settings({given ? config : "", flags.settings.config}, flags.settings.assignments);
  const Settings before = given ? settings_from(read_config(config)) : settings;
  // Before the settings are written, so that the run's config.toml has absolute paths.
  find_inputs(settings, resumed ? &before : nullptr);
  const std::string config_text = given ? resumed_config(config, before, settings, arguments)
                                        : settings_to_toml(settings, config_heading("tagtrain", arguments));
  RunOrigin origin = resumed ? read_origin(flags.resume + "/last.safetensors") : RunOrigin();
  if (resumed) require_same_settings(origin, before, settings);
  set_threads(settings);
  const Device device = Device::parse(settings.train.device);

  if (flags.strict) settings.data.dataset.be_strict();
  std::optional<Vocabulary> vocabulary;
  if (resumed) {
    vocabulary = Vocabulary::load(flags.resume + "/vocabulary.txt");
    require_vocabulary_of(flags.resume + "/last.safetensors", identity_of(*vocabulary));
    require_same_files(origin, before, settings, *vocabulary);
  }
  TrainingData data = open_training_data(settings, vocabulary ? &*vocabulary : nullptr);
  for (const Dataset* dataset : data.manifests()) warn_of_losses(*dataset);
  if (resumed) require_same_data(origin, settings, data);
  if (origin.empty()) origin = run_origin(settings, data);
  std::unique_ptr<CnnTagger> model =
      build_tagger(settings, tag_statistics(data.train), device, resumed ? StartFrom::kCheckpoint : StartFrom::kSettings);
  const std::string output = given ? flags.resume : flags.output;
  std::optional<MemoryPlan> memory;  // measured first on a CPU, where Linux kills a process that runs out; a GPU reports it
  if (flags.dry_run || !device.is_cuda()) memory = measure_memory(settings, data, *model, device);
  if (!flags.quiet) {
    print_plan(std::cerr, settings, data, *model, device, flags.dry_run ? memory_text(*memory) : "",
               output.empty() ? "none (--dry-run)" : output);
  }
  if (memory) check_memory(*memory, device);
  if (flags.dry_run) return kExitDone;

  RunFolder folder = resumed ? RunFolder::resume(output) : given ? RunFolder::restart(output) : RunFolder::create(output);
  if (given && !resumed && !flags.quiet) std::cerr << "tagtrain: no checkpoint yet: starts from the beginning\n";
  try {
    return TrainingRun(settings, config_text, folder, std::move(data), std::move(origin), std::move(model), device, flags.quiet)
        .run(resumed);
  } catch (const Interrupted& signal) {
    std::cerr << "tagtrain: interrupted before the first step, so there is nothing to save; start again with: tagtrain --resume "
              << shell_quoted(folder.path()) << "\n";
    return exit_code_of_signal(signal.signal);
  }
}

}  // namespace tagloom

// tageval: evaluates a trained run on labelled pictures.
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "engine/core/interrupt.h"
#include "engine/core/parse_number.h"
#include "engine/data/packs/pack.h"
#include "engine/io/atomic_file.h"
#include "kernels/base/warning.h"
#include "tools/command_line/config.h"
#include "tools/command_line/options.h"
#include "tools/command_line/run_tool.h"
#include "tools/command_line/terminal.h"
#include "tools/command_line/version.h"
#include "tools/commands/commands.h"
#include "tools/output/left_out.h"
#include "tools/output/run_report.h"
#include "tools/output/suspect_review.h"
#include "tools/output/suspects.h"
#include "tools/setup/data_sources.h"
#include "tools/setup/dataset_features.h"
#include "tools/setup/open_run.h"
#include "tools/setup/resources.h"

namespace tagloom {
namespace {

struct Floor {
  std::string metric;
  double least;
};

// "f1_label=0.30"
Floor floor_from(const std::string& text) {
  const size_t equals = text.find('=');
  const std::optional<double> least = equals == std::string::npos ? std::nullopt : parse_real(text.substr(equals + 1));
  TL_CHECK(least && equals > 0, "--fail-under is \"{}\": write it as METRIC=VALUE, such as f1_label=0.30", text);
  return {text.substr(0, equals), *least};
}

}  // namespace

int eval_command(const std::vector<std::string>& arguments) {
  std::string folder, data, checkpoint, per_tag, report, review;
  std::vector<std::string> fail_under;
  std::optional<int64_t> suspects;
  bool json = false, quiet = false, strict = false;
  SettingsFlags changes;
  Options options("tageval", "Evaluates a trained tagger on labelled pictures.");
  options.argument("RUN", folder, "The run folder.")
      .value("--data", data, "MANIFEST", "The pictures and their tags. Default: the run's data.test.")
      .value("--checkpoint", checkpoint, "FILE", "Weights to use instead of best.safetensors.")
      .flag("--json", json, "Print one JSON object, with the definition of every metric.")
      .value("--per-tag", per_tag, "FILE", "Write the metrics of each tag, one tab-separated line per tag.")
      .value("--report", report, "FILE", "Write an HTML report.")
      .value(
          "--suspects", suspects, "N",
          "List the N most probable label errors: tags that are probably missing or wrong, judged by the scores of the pictures "
          "that the run was not trained on.")
      .value("--review", review, "FILE",
             "With --suspects: write a page for accepting or correcting them, like tagpredict --review.")
      .values("--fail-under", fail_under, "METRIC=VALUE", "Exit with 6 if the metric is lower; may be repeated.")
      .flag("--strict", strict, "Exit with 3 if any picture, row or tag of the manifest would be left out, or repeats.")
      .setting_flag("--top-k", "decode.top_k", changes)
      .setting_flag("--threshold", "decode.threshold", changes)
      .settings(changes)
      .flag("-q,--quiet", quiet, "Print only warnings and errors on stderr.")
      .note(
          "tageval runs/corel5k --data corel5k/test.tsv --json\n\nExit codes: 0 done, 2 usage, 3 data, 4 device, 6 below "
          "--fail-under.");
  if (!options.parse(arguments)) return kExitDone;
  if (changes.show) return show_config(folder, changes);

  TL_CHECK(!suspects || *suspects > 0, "--suspects is {}: give the number of probable label errors to list, such as 50",
           *suspects);
  TL_CHECK(review.empty() || suspects, "--review shows the pictures of --suspects: add --suspects N");
  std::vector<Floor> floors;
  for (const std::string& text : fail_under) floors.push_back(floor_from(text));
  Interrupt interrupt;
  TrainedRun run = open_run(folder, checkpoint, changes);
  const char* const named_by = data.empty() ? "data.test" : "--data";
  if (data.empty()) data = run.settings.data.test;
  TL_CHECK(!data.empty(), "no pictures to evaluate on: give --data MANIFEST (this run has no data.test)");
  data = find_input(named_by, data);
  if (strict) run.settings.data.dataset.be_strict();
  const Dataset dataset = Dataset::open(data, run.vocabulary, evaluation_options(run.settings));
  if (!review.empty()) require_files(dataset.manifest(), dataset.pack());  // the page names them
  warn_of_losses(dataset);
  std::optional<TrainedOn> trained_on;
  if (suspects) {
    trained_on.emplace(run);
    if (!trained_on->problem().empty()) {
      kernels::warn(
          format("cannot determine which pictures {} was trained on ({}): the suspects are unreliable for pictures that it was "
                 "trained on",
                 folder, trained_on->problem()));
    }
    require_held_out(dataset, *trained_on);
  }

  Progress progress(stderr_progress(quiet));
  const bool fixed = features_are_fixed(run.settings, false);
  FeatureTable table;
  try {
    if (fixed) table = prepare_features(run.settings, *run.model, dataset, "features", run.device, progress);
  } catch (const Interrupted& signal) {
    return exit_code_of_signal(signal.signal);
  }
  const int64_t batch = evaluation_batch(run.settings);
  const auto source = make_source(run.settings, dataset, fixed ? &table : nullptr, false, batch, run.device,
                                  [&](const ReadFailure& failure) { progress.warn("skipped " + failure.reason); });
  progress.start({.name = "evaluate", .pictures = dataset.size()});
  EvaluationOutput output;
  run_in_memory(batch, evaluation_batch_setting(run.settings), run.device,
                [&] { output = evaluate(*run.model, *source, false, [&](int64_t pictures) { progress.advance(pictures); }); });
  progress.stop();

  calibrate(run, output.predictions);
  const MetricOptions how = metric_options(run);
  MetricReport metrics = measure(output, run.vocabulary.size(), how);
  const Untagged untagged = run.settings.data.dataset.untagged;
  metrics.definitions.insert(metrics.definitions.begin(), {"untagged", untagged_words(untagged)});
  const int64_t pictures = static_cast<int64_t>(output.index.size());
  const DatasetReport data_report = dataset.report_after_reading(output.index);
  if (!fixed) warn_of_unreadable(dataset, output.index);
  const std::string without = left_out_text(data_report);
  SuspectList suspected;
  if (suspects) suspected = find_suspects(output, dataset, *trained_on, *suspects);
  if (json) {
    std::cout << metrics_json(folder, data, pictures, untagged, data_report, how, metrics,
                              suspects ? suspects_json(suspected, dataset) : nlohmann::ordered_json())
              << "\n";
  } else {
    std::cout << folder << " on " << data << ": " << pictures << " pictures, " << run.vocabulary.size() << " tags\n";
    if (!without.empty()) std::cout << "  left out: " << without << "\n";
    print_metrics(std::cout, metrics);
    if (suspects) std::cout << suspects_text(suspected, dataset);
  }
  if (!review.empty()) write_suspect_review(review, folder, suspected, dataset);
  if (!per_tag.empty()) write_file_atomically(per_tag, per_tag_table(metrics, run.vocabulary));
  if (!report.empty()) {
    write_run_report({.path = report,
                      .settings = &run.settings,
                      .data = &dataset,
                      .split = "test",
                      .evaluated = &output,
                      .metrics = &metrics,
                      .rule = selection_rule(how),
                      .model = run.model.get(),
                      .device = run.device,
                      .facts = {{"run", folder},
                                {"data", data},
                                {"left out", without.empty() ? "nothing" : without},
                                {"untagged", untagged_words(untagged)},
                                {"device", run.device.description()}}});
  }
  for (const Floor& floor : floors) {
    const double* value = metrics.find(floor.metric);
    TL_CHECK(value != nullptr, "--fail-under: this evaluation has no metric \"{}\"", floor.metric);
    if (*value < floor.least) {
      std::cerr << "tageval: " << floor.metric << " is " << *value << ", below " << floor.least << "\n";
      return kExitBelowThreshold;
    }
  }
  return kExitDone;
}

}  // namespace tagloom

#include "models/trained_run.h"

#include <filesystem>

#include "engine/metrics/metrics.h"
#include "engine/run/run_folder.h"
#include "kernels/base/build_config.h"
#include "kernels/base/warning.h"
#include "kernels/text/shell_quoted.h"
#include "models/build.h"
#include "models/settings/config_file.h"

namespace tagloom {

CheckpointIdentity identity_of(const Vocabulary& vocabulary) { return {vocabulary_hash(vocabulary.names()), kVersion}; }

namespace {

// The weights to use if best.safetensors is missing.
std::string last_weights(const std::string& folder) {
  const std::string last = folder + "/last.safetensors";
  const bool unfinished = is_unfinished_run(folder);
  TL_CHECK_AS(ErrorKind::kData, std::filesystem::exists(last), "{} has no weights{}", folder,
              unfinished ? " yet: train it with tagtrain --resume " + shell_quoted(folder) : ": restore its best.safetensors");
  kernels::warn(unfinished
                    ? format("{} has not finished training and has no best.safetensors yet: using last.safetensors", folder)
                    : format("{}/best.safetensors is missing: using last.safetensors", folder));
  return last;
}

}  // namespace

TrainedRun open_run(const std::string& folder) {
  require_run_folder(folder);
  return open_run(folder, settings_from(read_config(folder + "/config.toml")));
}

TrainedRun open_run(const std::string& folder, const Settings& settings, const std::string& checkpoint) {
  require_run_folder(folder);
  TrainedRun run;
  run.folder = folder;
  run.settings = settings;
  run.vocabulary = Vocabulary::load(folder + "/vocabulary.txt");
  run.device = Device::parse(run.settings.train.device);
  std::string file = checkpoint;
  if (file.empty()) {
    file = folder + "/best.safetensors";
    if (!std::filesystem::exists(file)) file = last_weights(folder);
  }
  run.model = build_tagger(run.settings, tag_statistics(run.vocabulary), run.device, StartFrom::kCheckpoint);
  load_tagger(*run.model, identity_of(run.vocabulary), file);
  if (run.settings.decisions.fitted()) {
    const std::string decisions = folder + "/decisions.tsv";
    TL_CHECK_AS(
        ErrorKind::kData, std::filesystem::exists(decisions),
        "{}: the file is missing, but decode.thresholds = \"per_label\" and decode.calibration = \"platt\" read it: train to the "
        "end with validation pictures to write it",
        decisions);
    run.decisions = read_decisions(decisions, run.vocabulary.names(), weights_hash(file));
  }
  return run;
}

void calibrate(const TrainedRun& run, Predictions& predictions) {
  if (run.settings.decisions.calibration == Calibration::kPlatt) calibrate(run.decisions, predictions);
}

MetricOptions metric_options(const TrainedRun& run) {
  MetricOptions options = metric_options(run.settings);
  if (run.settings.decisions.thresholds == Thresholds::kPerLabel) {
    options.tag_thresholds = thresholds_of(run.decisions, run.settings.decisions.calibration == Calibration::kPlatt);
  }
  return options;
}

SelectionRule selection_rule(const TrainedRun& run) { return selection_rule(metric_options(run)); }

}  // namespace tagloom

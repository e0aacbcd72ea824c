#pragma once
// Opens a run folder to tag pictures or to evaluate its model.
//
//   const TrainedRun run = open_run("runs/scenes");
//   Predictions predictions = run.model->predict(batch);
//   calibrate(run, predictions);
//   given_tags(predictions, 0, selection_rule(run));   // of the batch's first picture
#include <memory>
#include <string>

#include "engine/data/vocabulary.h"
#include "engine/metrics/metric_options.h"
#include "engine/selection/tag_decisions.h"
#include "engine/selection/tag_selection.h"
#include "engine/train/checkpoint.h"
#include "models/settings/settings.h"
#include "models/taggers/cnn_tagger.h"

namespace tagloom {

CheckpointIdentity identity_of(const Vocabulary& vocabulary);

struct TrainedRun {
  std::string folder;
  Settings settings;
  Vocabulary vocabulary;
  std::unique_ptr<CnnTagger> model;  // with the best weights, else the last
  Device device;
  TagDecisions decisions;  // empty unless decode.thresholds or decode.calibration needs them
};

// Uses the settings of config.toml, and warns if best.safetensors is missing. Throws Error(kUsage) if the folder is not a run,
// Error(kData) naming a missing or damaged file, Error(kDevice) if train.device is not available.
TrainedRun open_run(const std::string& folder);

// Uses other settings, and the weights of `checkpoint` unless it is empty.
TrainedRun open_run(const std::string& folder, const Settings& settings, const std::string& checkpoint = {});

// Apply the run's decode.calibration (scores become probabilities, and the ranking follows them) and its decode.thresholds (one
// per tag).
void calibrate(const TrainedRun& run, Predictions& predictions);
MetricOptions metric_options(const TrainedRun& run);
SelectionRule selection_rule(const TrainedRun& run);  // decode.selection, top_k and the thresholds

}  // namespace tagloom

#pragma once
// A run folder opened to tag pictures with it or to evaluate it.
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
  std::unique_ptr<CnnTagger> model;  // with its best weights, or the last
  Device device;
  TagDecisions decisions;  // empty where neither decode.thresholds nor decode.calibration asks for them
};

// With the settings in its config.toml. Throws Error(kUsage) where the folder is not a run, Error(kData) naming the file that is missing
// or damaged, Error(kDevice) where train.device is not there.
TrainedRun open_run(const std::string& folder);

// With other settings, and with the weights of `checkpoint` where that is not empty.
TrainedRun open_run(const std::string& folder, const Settings& settings, const std::string& checkpoint = {});

// What the run's decode.calibration and decode.thresholds say: scores as probabilities, ranked by them; each tag's threshold.
void calibrate(const TrainedRun& run, Predictions& predictions);
MetricOptions metric_options(const TrainedRun& run);
SelectionRule selection_rule(const TrainedRun& run);  // decode.selection, top_k and the thresholds

}  // namespace tagloom

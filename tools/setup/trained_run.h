#pragma once
// A run folder opened to evaluate it or to predict with it: its settings, vocabulary, weights and what was decided for each tag.
#include <memory>
#include <string>

#include "engine/data/vocabulary.h"
#include "engine/metrics/metric_options.h"
#include "engine/selection/tag_decisions.h"
#include "engine/train/checkpoint.h"
#include "models/taggers/cnn_tagger.h"
#include "tools/command_line/options.h"

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
// The settings are the run's, then those of -c FILE, the environment and --set. `checkpoint` may be empty.
TrainedRun open_run(const std::string& folder, const std::string& checkpoint, const SettingsFlags& changes);

// What the run's decode.calibration and decode.thresholds say: scores as probabilities, ranked by them; each tag's threshold.
void calibrate(const TrainedRun& run, Predictions& predictions);
MetricOptions metric_options(const TrainedRun& run);

}  // namespace tagloom

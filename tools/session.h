#pragma once
// What tagtrain, tageval and tagpredict share: settings turned into a device, a vocabulary, a model, data, and batches.
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "engine/metrics/metrics.h"
#include "engine/metrics/tag_decisions.h"
#include "engine/run/progress.h"
#include "engine/train/answers.h"
#include "engine/train/checkpoint.h"
#include "engine/train/features.h"
#include "models/build.h"
#include "tools/command_line/options.h"

namespace tagloom {

LoaderSettings loader_settings(const Settings& settings, bool training);
DatasetSettings dataset_settings(const Settings& settings);
CheckpointIdentity identity_of(const Vocabulary& vocabulary);

// Whether a dataset's features can be computed once and kept: nothing in front of the head changes from epoch to epoch.
bool features_are_fixed(const Settings& settings, bool training);

// The features of a dataset, from the cache or computed under a progress bar named `name`. Throws Interrupted (below) when a
// signal comes meanwhile.
FeatureTable prepare_features(const Settings& settings, CnnTagger& model, const Dataset& dataset, const std::string& name,
                              Device device, Progress& progress);

// Thrown where there is nothing to save; the tools exit with 128 + signal.
struct Interrupted {
  int signal;
};

// The names of the tags, and where there are training pictures how many have each.
TagStatistics tag_statistics(const Vocabulary& vocabulary);
TagStatistics tag_statistics(const Dataset& train);

// A source over a dataset, shuffled and augmented where `training`, from `table` where that is given.
std::unique_ptr<BatchSource> make_source(const Settings& settings, const Dataset& dataset, const FeatureTable* table,
                                         bool training, int64_t batch_size, Device device, Progress& progress);

// Pictures at once in evaluation and prediction, and the setting that they are from.
int64_t evaluation_batch(const Settings& settings);
const char* evaluation_batch_setting(const Settings& settings);

MetricReport measure_answers(const Answers& answers, int64_t tags, const MetricOptions& options);

// A trained run: its settings, vocabulary and best (or last) weights.
struct TrainedRun {
  std::string folder;
  Settings settings;
  Vocabulary vocabulary;
  std::unique_ptr<CnnTagger> model;
  Device device;
  TagDecisions decisions;  // empty where neither decode.thresholds nor decode.calibration asks for them
};
// The settings are the run's, then those of -c FILE, the environment and --set. `checkpoint` may be empty.
TrainedRun open_run(const std::string& folder, const std::string& checkpoint, const SettingsFlags& changes);

// What the run's decode.calibration and decode.thresholds say: scores as probabilities, ranked by them; each tag's threshold.
void calibrate(const TrainedRun& run, Predictions& predictions);
MetricOptions metric_options(const TrainedRun& run);

// Runs `work` on batches of that many pictures. Where it runs out of memory, Error(kDevice) says so with the batch's size and the
// setting that lowers it.
void run_in_memory(int64_t batch_size, const char* setting, Device device, const std::function<void()>& work);

// Sets the number of OpenMP threads (train.threads; 0 leaves it).
void set_threads(const Settings& settings);

}  // namespace tagloom

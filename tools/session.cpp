#include "tools/session.h"

#include <omp.h>
#include <cmath>
#include <filesystem>

#include "engine/core/memory.h"
#include "engine/run/interrupt.h"
#include "engine/run/run_folder.h"
#include "kernels/base/memory.h"
#include "tools/command_line/config.h"
#include "tools/command_line/terminal.h"
#include "tools/command_line/version.h"

namespace tagloom {

LoaderSettings loader_settings(const Settings& settings, bool training) {
  const DataSettings& data = settings.data;
  LoaderSettings loader;
  loader.transform.size = static_cast<int>(data.size);
  loader.transform.resize =
      data.resize == Resize::kShortSide ? TransformSettings::Resize::kShortSide : TransformSettings::Resize::kSquash;
  loader.transform.short_side = static_cast<int>(data.short_side);
  loader.transform.crop = data.crop == Crop::kRandom ? TransformSettings::Crop::kRandom : TransformSettings::Crop::kCenter;
  loader.transform.interpolation = data.interpolation;
  loader.transform.flip = data.flip;
  loader.training = training;
  loader.workers = static_cast<int>(data.workers);
  loader.seed = static_cast<uint64_t>(settings.train.seed);
  loader.on_error = data.on_error;
  return loader;
}

DatasetSettings dataset_settings(const Settings& settings) {
  return {.vocabulary = {.minimum_count = settings.data.minimum_count},
          .keep_untagged = !settings.data.drop_untagged,
          .on_error = settings.data.on_error};
}

CheckpointIdentity identity_of(const Vocabulary& vocabulary) { return {vocabulary_hash(vocabulary.names()), version()}; }

bool features_are_fixed(const Settings& settings, bool training) {
  return settings.backbone.freeze && settings.backbone.finetune_after < 0 &&
         deterministic(loader_settings(settings, training).transform, training);
}

FeatureTable prepare_features(const Settings& settings, CnnTagger& model, const Dataset& dataset, const std::string& name,
                              Device device, Progress& progress) {
  FeatureRequest request;
  request.loader = loader_settings(settings, false);
  request.device = device;
  if (settings.data.cache == CacheMode::kAuto && !settings.backbone.weights.empty()) {
    const char* const layers[] = {"pool5", "fc7", "conv5", "logits", "conv5_map"};
    const char* const precisions[] = {"fp32", "tf32", "bf16"};
    request.key = FeatureCacheKey{
        .weights = content_hash(model.cnn()),
        .backbone = settings.backbone.name,
        .layer = layers[static_cast<int>(settings.backbone.layer)],
        .transform = fingerprint(request.loader.transform, false) + (settings.backbone.mirrored ? " mean=mirrored" : ""),
        .precision = precisions[static_cast<int>(settings.backbone.precision)],
        .device = device.is_cuda() ? "cuda" : "cpu",
        .dataset = dataset.content_hash()};
    request.folder = settings.data.cache_dir.empty() ? default_cache_folder() : std::filesystem::path(settings.data.cache_dir);
  }
  progress.start({.name = name, .pictures = dataset.size()});
  request.on_progress = [&](int64_t pictures) { progress.advance(pictures); };
  request.on_failure = [&](const LoadFailure& failure) { progress.warn("skipped " + failure.reason); };
  request.on_note = [&](const std::string& text) { progress.say(text); };
  request.interrupted = [] { return Interrupt::signal() != 0; };
  const FeatureResult result = features_of(model, dataset, request);
  progress.stop();
  if (result.interrupted) throw Interrupted{Interrupt::signal()};
  const int64_t unreadable = dataset.size() - static_cast<int64_t>(result.table.valid.size());
  if (unreadable > 0)
    progress.warn(format("{} of {} pictures of {} could not be read and are left out", unreadable, dataset.size(),
                         dataset.manifest().string()));
  if (result.from_cache) progress.say(format("{}: features of {} pictures from the cache", name, dataset.size()));
  return result.table;
}

TagStatistics tag_statistics(const Vocabulary& vocabulary) {
  return {vocabulary.names(), std::vector<int64_t>(vocabulary.size(), 0)};
}

TagStatistics tag_statistics(const Dataset& train) { return {train.vocabulary().names(), train.tag_counts()}; }

std::unique_ptr<BatchSource> make_source(const Settings& settings, const Dataset& dataset, const FeatureTable* table,
                                         bool training, int64_t batch_size, Device device, Progress& progress) {
  const SamplerSettings sampler{
      .batch_size = batch_size, .seed = static_cast<uint64_t>(settings.train.seed), .shuffle = training};
  if (table) return std::make_unique<FeatureSource>(dataset, *table, sampler);
  return std::make_unique<PictureSource>(dataset, loader_settings(settings, training), sampler, device,
                                         [&progress](const LoadFailure& failure) { progress.warn("skipped " + failure.reason); });
}

int64_t evaluation_batch(const Settings& settings) {
  return settings.eval.batch_size > 0 ? settings.eval.batch_size : settings.train.batch_size;
}

const char* evaluation_batch_setting(const Settings& settings) {
  return settings.eval.batch_size > 0 ? "eval.batch_size" : "train.batch_size";
}

MetricReport measure_answers(const Answers& answers, int64_t tags, const MetricOptions& options) {
  MetricReport report = measure({.tag_count = tags,
                                 .scores = answers.predictions.scores,
                                 .first_step_scores = answers.predictions.first_step_scores,
                                 .ranking = answers.predictions.ranking,
                                 .truth = answers.truth},
                                options);
  for (const PictureMeasure& own : answers.predictions.measures) {
    double sum = 0;
    int64_t pictures = 0;
    for (const float value : own.values) {
      if (std::isnan(value)) continue;
      sum += value;
      ++pictures;
    }
    if (pictures == 0) continue;
    report.values.emplace_back(own.name, sum / static_cast<double>(pictures));
    report.definitions.emplace_back(own.name, own.definition);
  }
  return report;
}

TrainedRun open_run(const std::string& folder, const std::string& checkpoint, const SettingsFlags& changes) {
  require_run_folder(folder);
  TrainedRun run;
  run.folder = folder;
  run.settings = read_settings({folder + "/config.toml", changes.config}, changes.assignments);
  set_threads(run.settings);
  run.vocabulary = Vocabulary::load(folder + "/vocabulary.txt");
  run.device = Device::parse(run.settings.train.device);
  std::string file = checkpoint;
  if (file.empty()) {
    file = folder + "/best.safetensors";
    if (!std::filesystem::exists(file)) file = folder + "/last.safetensors";
  }
  run.model = build_tagger(run.settings, tag_statistics(run.vocabulary), run.device, StartFrom::kCheckpoint);
  load_tagger(*run.model, identity_of(run.vocabulary), file);
  const DecodeSettings& decode = run.settings.decode;
  if (decode.thresholds == Thresholds::kPerLabel || decode.calibration == Calibration::kPlatt) {
    const std::string decisions = folder + "/decisions.tsv";
    TL_CHECK_AS(ErrorKind::kData, std::filesystem::exists(decisions),
                "{}: there is no such file, and decode.thresholds = \"per_label\" and decode.calibration = \"platt\" read it: a "
                "training to its end with validation pictures writes it",
                decisions);
    run.decisions = read_decisions(decisions, run.vocabulary.names());
  }
  return run;
}

void calibrate(const TrainedRun& run, Predictions& predictions) {
  if (run.settings.decode.calibration != Calibration::kPlatt) return;
  for (size_t i = 0; i < predictions.scores.size(); ++i) {
    predictions.scores[i] = probability_of(run.decisions[i % run.decisions.size()], predictions.scores[i]);
  }
  predictions.ranking.clear();
}

MetricOptions metric_options(const TrainedRun& run) {
  MetricOptions options = metric_options(run.settings);
  if (run.settings.decode.thresholds == Thresholds::kPerLabel) {
    const bool calibrated = run.settings.decode.calibration == Calibration::kPlatt;
    for (const TagDecision& d : run.decisions)
      options.tag_thresholds.push_back(calibrated ? d.calibrated_threshold : d.threshold);
  }
  return options;
}

void run_in_memory(int64_t batch_size, const char* setting, Device device, const std::function<void()>& work) {
  const auto fail_for = [&](int64_t bytes) {
    fail(ErrorKind::kDevice,
         "a batch of {} pictures does not fit into the memory of the {}{}: lower {}, data.size or data.workers", batch_size,
         device.is_cuda() ? "GPU" : "CPU", bytes > 0 ? format(" ({} more were needed)", bytes_text(bytes)) : "", setting);
  };
  try {
    work();
  } catch (const OutOfMemory& error) {
    fail_for(error.bytes());
  } catch (const std::bad_alloc&) {
    fail_for(0);
  }
}

void set_threads(const Settings& settings) {
  if (settings.train.threads > 0) omp_set_num_threads(static_cast<int>(settings.train.threads));
}

}  // namespace tagloom

// Computes features under a progress bar, with a cache key from weights, transform and dataset.
#include "tools/setup/dataset_features.h"

#include <filesystem>

#include "engine/core/interrupt.h"
#include "tools/output/left_out.h"
#include "tools/setup/data_sources.h"

namespace tagloom {

bool features_are_fixed(const Settings& settings, bool training) {
  return settings.backbone.is_fixed() && deterministic(reader_settings(settings, training).transform, training);
}

FeatureTable prepare_features(const Settings& settings, CnnTagger& model, const Dataset& dataset, const std::string& name,
                              Device device, Progress& progress) {
  FeatureRequest request;
  request.reader = reader_settings(settings, false);
  request.device = device;
  if (settings.data.cache == CacheMode::kAuto && !settings.backbone.weights.empty()) {
    request.key = FeatureCacheKey{
        .weights = content_hash(model.cnn()),
        .backbone = settings.backbone.name,
        .layer = name_of(settings.backbone.layer),
        .transform = fingerprint(request.reader.transform, false) + (settings.backbone.mirrored ? " mean=mirrored" : ""),
        .precision = name_of(settings.backbone.precision),
        .device = device.is_cuda() ? "cuda" : "cpu",
        .dataset = dataset.content_hash()};
    try {
      request.folder = settings.data.cache_dir.empty() ? default_cache_folder() : std::filesystem::path(settings.data.cache_dir);
    } catch (const Error& error) {
      progress.warn(format("features are not cached: {}", error.what()));
      request.key.reset();
    }
  }
  progress.start({.name = name, .pictures = dataset.size()});
  request.on_progress = [&](int64_t pictures) { progress.advance(pictures); };
  request.on_failure = [&](const ReadFailure& failure) { progress.warn("skipped " + failure.reason); };
  request.on_note = [&](const std::string& text) { progress.say(text); };
  request.on_warning = [&](const std::string& text) { progress.warn(text); };
  request.interrupted = [] { return Interrupt::signal() != 0; };
  const FeatureResult result = features_of(model, dataset, request);
  progress.stop();
  if (result.interrupted) throw Interrupted{Interrupt::signal()};
  warn_of_unreadable(dataset, result.table.valid);
  if (result.from_cache) progress.say(format("{}: features of {} pictures from the cache", name, dataset.size()));
  return result.table;
}

}  // namespace tagloom

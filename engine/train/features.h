#pragma once
// The features of a whole dataset: read from the cache, or computed once and cached.
#include <filesystem>
#include <functional>
#include <optional>

#include "engine/batches/batch_source.h"
#include "engine/data/feature_cache.h"
#include "engine/train/tagger.h"

namespace tagloom {

struct FeatureRequest {
  PictureReaderSettings reader;  // training = false: the transform must be deterministic
  int64_t batch_size = 16;
  Device device;
  std::optional<FeatureCacheKey> key;  // empty: no cache is read or written
  std::filesystem::path folder;        // for the cache
  std::function<void(int64_t pictures)> on_progress;
  std::function<void(const ReadFailure&)> on_failure;
  std::function<void(const std::string&)> on_note;     // why a cache was not used, or where one was written
  std::function<void(const std::string&)> on_warning;  // why the features cannot be cached
  std::function<bool()> interrupted;                   // once true, computing stops and its results are discarded
};

struct FeatureResult {
  FeatureTable table;
  bool from_cache = false;
  bool interrupted = false;
};

// Pictures that cannot be read are left out of table.valid (OnError::kSkip) or throw (kStop), also if the cache has no features of
// them. The features are not cached if the folder, which is tried first, cannot be written, or if a picture has failed for a reason
// that may pass (ReadProblem::kTransient). Throws Error(kData) if no picture could be read.
FeatureResult features_of(Tagger& model, const Dataset& dataset, const FeatureRequest& request);

}  // namespace tagloom

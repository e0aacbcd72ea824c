// Reads features from the cache, or computes and caches them.
#include "engine/train/features.h"

#include "engine/io/atomic_file.h"

namespace tagloom {
namespace {

FeatureTable table_from(const FeatureCache& cache, Device device) {
  FeatureTable table;
  table.rows = Tensor::from(cache.rows(), {cache.count(), cache.dimension()}, device);
  for (int64_t i = 0; i < cache.count(); ++i) {
    if (cache.valid(i)) table.valid.push_back(i);
  }
  table.row = table.valid;
  return table;
}

// Empty if the cache cannot be used; then sets `reason`.
std::optional<FeatureTable> cached_table(const std::filesystem::path& file, const Dataset& dataset, const FeatureRequest& request,
                                         std::string& reason) {
  const std::optional<FeatureCache> cache = FeatureCache::open(file, *request.key, reason);
  if (!cache) return std::nullopt;
  FeatureTable table = table_from(*cache, request.device);
  const int64_t unread = dataset.size() - static_cast<int64_t>(table.valid.size());
  if (cache->count() != dataset.size()) {
    reason = format("{}: it has {} rows for {} pictures", file.string(), cache->count(), dataset.size());
  } else if (unread > 0 && request.reader.on_error == OnError::kStop) {
    reason = format("{}: {} of its {} pictures could not be read; they are tried again", file.string(), unread, dataset.size());
  } else {
    return table;
  }
  return std::nullopt;
}

// Returns whether `write` succeeded. A failure is a warning: the features are computed anyway.
bool succeeds(const std::function<void()>& write, const FeatureRequest& request) {
  try {
    write();
    return true;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kData) throw;
    if (request.on_warning) {
      request.on_warning(
          format("features are not cached: {}; choose a folder with data.cache_dir, or set data.cache = \"off\"", error.what()));
    }
    return false;
  }
}

}  // namespace

FeatureResult features_of(Tagger& model, const Dataset& dataset, const FeatureRequest& request) {
  TL_CHECK(!request.reader.training, "[features] the pictures must not be augmented");
  const auto call = [](const std::function<void(const std::string&)>& hook, const std::string& text) {
    if (hook) hook(text);
  };
  const std::filesystem::path file = request.key ? request.folder / request.key->file_name() : std::filesystem::path();
  bool keep = false;
  if (request.key) {
    sweep_temporaries(request.folder.string());
    std::string reason;
    if (std::optional<FeatureTable> table = cached_table(file, dataset, request, reason)) return {std::move(*table), true, false};
    std::error_code ignored;
    if (std::filesystem::exists(file, ignored)) call(request.on_note, reason);
    keep = succeeds([&] { try_cache_folder(request.folder); }, request);
  }

  int64_t transient = dataset.report().transient_failures;
  const auto on_failure = [&](const ReadFailure& failure) {
    transient += failure.problem == ReadProblem::kTransient;
    if (request.on_failure) request.on_failure(failure);
  };
  PictureSource source(dataset, request.reader, {.batch_size = request.batch_size, .shuffle = false}, request.device, on_failure);
  source.start_epoch(0, 0);
  FeatureResult result;
  Tensor rows;  // on the host; feature maps are large, so keep only one copy
  const auto row = [&](int64_t i) { return rows.rows(i, i + 1); };
  for (Batch batch; source.next(batch);) {
    if (request.interrupted && request.interrupted()) return {.table = {}, .interrupted = true};
    Tape tape(Tape::kForwardOnly);
    const Var features = model.features(tape, batch);
    if (!rows.defined()) rows = Tensor::zeros({dataset.size(), features.size(1)});
    for (int64_t i = 0; i < batch.size(); ++i) {
      features.value().rows(i, i + 1).read_bytes(row(batch.index[i]).raw());
      result.table.valid.push_back(batch.index[i]);
    }
    if (request.on_progress) request.on_progress(batch.size());
  }
  TL_CHECK_AS(ErrorKind::kData, !result.table.valid.empty(), "{}: no picture could be read", dataset.manifest().string());
  result.table.row = result.table.valid;
  result.table.rows = rows.to(request.device);
  if (keep && transient > 0) {
    call(request.on_warning, format("the features of {} are not cached, because {} of its pictures could not be read for reasons "
                                    "that may pass: the next run tries again",
                                    dataset.manifest().string(), transient));
  } else if (keep) {
    const bool written = succeeds(
        [&] {
          FeatureCacheWriter writer(file, *request.key, dataset.size(), rows.size(1));
          for (int64_t i : result.table.valid) writer.add(i, std::span<const float>(row(i).data(), rows.size(1)));
          writer.commit();
        },
        request);
    if (written) call(request.on_note, format("features cached in {}", file.string()));
  }
  return result;
}

}  // namespace tagloom

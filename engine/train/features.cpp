// Reads features from the cache, or computes and caches them.
#include "engine/train/features.h"

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

}  // namespace

FeatureResult features_of(Tagger& model, const Dataset& dataset, const FeatureRequest& request) {
  TL_CHECK(!request.reader.training, "[features] the pictures must not be augmented");
  const auto note = [&](const std::string& text) {
    if (request.on_note) request.on_note(text);
  };
  const std::filesystem::path file = request.key ? request.folder / request.key->file_name() : std::filesystem::path();
  if (request.key) {
    std::string reason;
    if (const auto cache = FeatureCache::open(file, *request.key, reason); cache && cache->count() == dataset.size()) {
      return {table_from(*cache, request.device), true, false};
    } else if (std::filesystem::exists(file)) {
      note(reason);
    }
  }

  PictureSource source(dataset, request.reader, {.batch_size = request.batch_size, .shuffle = false}, request.device,
                       request.on_failure);
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
  if (request.key) {
    FeatureCacheWriter writer(file, *request.key, dataset.size(), rows.size(1));
    for (int64_t i : result.table.valid) writer.add(i, std::span<const float>(row(i).data(), rows.size(1)));
    writer.commit();
    note(format("features cached in {}", file.string()));
  }
  return result;
}

}  // namespace tagloom

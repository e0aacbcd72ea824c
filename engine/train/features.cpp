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
  TL_CHECK(!request.loader.training, "[features] the pictures must not be augmented");
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

  PictureSource source(dataset, request.loader, {.batch_size = request.batch_size, .shuffle = false}, request.device,
                       request.on_failure);
  source.start_epoch(0, 0);
  FeatureResult result;
  std::vector<float> rows;
  int64_t width = 0;
  for (Batch batch; source.next(batch);) {
    if (request.interrupted && request.interrupted()) return {.table = {}, .interrupted = true};
    Tape tape(Tape::kForwardOnly);
    const Var features = model.features(tape, batch);
    width = features.size(1);
    rows.resize(dataset.size() * width);
    const std::vector<Real> values = features.value().to_vector();
    for (int64_t i = 0; i < batch.size(); ++i) {
      std::copy_n(values.begin() + i * width, width, rows.begin() + batch.index[i] * width);
      result.table.valid.push_back(batch.index[i]);
    }
    if (request.on_progress) request.on_progress(batch.size());
  }
  TL_CHECK_AS(ErrorKind::kData, !result.table.valid.empty(), "{}: no picture could be read", dataset.manifest().string());
  result.table.row = result.table.valid;
  result.table.rows = Tensor::from(rows, {dataset.size(), width}, request.device);
  if (request.key) {
    FeatureCacheWriter writer(file, *request.key, dataset.size(), width);
    for (int64_t row : result.table.valid) writer.add(row, std::span<const float>(rows).subspan(row * width, width));
    writer.commit();
    note(format("features kept in {}", file.string()));
  }
  return result;
}

}  // namespace tagloom

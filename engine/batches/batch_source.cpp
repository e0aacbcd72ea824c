// Fills batches from decoded pictures, or from rows of a feature table.
#include "engine/batches/batch_source.h"

#include <algorithm>

#include "kernels/math/gather_rows.h"

namespace tagloom {
void SampledSource::add_tags(Device device, Batch& batch) {
  const int64_t n = static_cast<int64_t>(batch.index.size()), tags = dataset_.vocabulary().size();
  labels_.assign(n * tags, 0);
  batch.tags.clear();
  for (int64_t i = 0; i < n; ++i) {
    batch.tags.push_back(dataset_.sample(batch.index[i]).tags.to_vector());
    for (int32_t tag : batch.tags.back()) labels_[i * tags + tag] = 1;
  }
  batch.send(batch.labels, labels_, {n, tags}, device);
}

PictureSource::PictureSource(const Dataset& dataset, const PictureReaderSettings& reader, const SamplerSettings& sampler,
                             Device device, std::function<void(const ReadFailure&)> on_failure)
    : SampledSource(dataset, dataset.size(), sampler), reader_(dataset, reader), size_(reader.transform.size), device_(device) {
  reader_.on_failure = std::move(on_failure);
}

void PictureSource::start_epoch(int64_t epoch, int64_t first_batch) {
  sampler_.restore({epoch, first_batch});
  reader_.start(sampler_);
}

bool PictureSource::next(Batch& batch) {
  if (!reader_.next(host_)) return false;
  batch.position = host_.position;
  batch.prepared = false;
  batch.index = host_.index;
  batch.send(batch.images, host_.images, {host_.n, size_, size_, 3}, device_);
  batch.features = Tensor();
  add_tags(device_, batch);
  sampler_.advance_to(host_.position + 1);
  return true;
}

FeatureTable part_of(const FeatureTable& whole, const Dataset& part) {
  FeatureTable table{.rows = whole.rows, .valid = {}, .row = {}};
  for (int64_t i = 0; i < part.size(); ++i) {
    const auto found = std::lower_bound(whole.valid.begin(), whole.valid.end(), part.origin().at(i));
    if (found == whole.valid.end() || *found != part.origin()[i]) continue;
    table.valid.push_back(i);
    table.row.push_back(whole.row[found - whole.valid.begin()]);
  }
  return table;
}

FeatureSource::FeatureSource(const Dataset& dataset, const FeatureTable& table, const SamplerSettings& sampler)
    : SampledSource(dataset, static_cast<int64_t>(table.valid.size()), sampler), table_(table) {
  TL_CHECK(table.valid.size() == table.row.size() && (table.valid.empty() || table.valid.back() < dataset.size()),
           "[features] a table with {} rows and {} readable pictures does not fit {} pictures", table.row.size(),
           table.valid.size(), dataset.size());
}

void FeatureSource::start_epoch(int64_t epoch, int64_t first_batch) { sampler_.restore({epoch, first_batch}); }

bool FeatureSource::next(Batch& batch) {
  if (sampler_.epoch_done()) return false;
  batch.position = sampler_.position();
  batch.prepared = false;
  batch.index.clear();
  batch.images = Tensor();
  rows_.clear();
  for (int64_t i : sampler_.batch(sampler_.position())) {
    batch.index.push_back(table_.valid[i]);
    rows_.push_back(static_cast<int32_t>(table_.row[i]));
  }
  const int64_t n = static_cast<int64_t>(rows_.size()), width = table_.rows.size(1);
  const Device device = table_.rows.device();
  batch.send(row_ids_, rows_, {n}, device);
  batch.features.refit({n, width}, DType::kReal, device);
  kernels::Queue& queue = batch.upload_queue(device);
  TL_ON(queue, gather_rows(queue, n, width, table_.rows.data(), row_ids_.data<int32_t>(), batch.features.data()));
  add_tags(device, batch);
  sampler_.advance_to(sampler_.position() + 1);
  return true;
}

}  // namespace tagloom

#pragma once
// Where the batches of an epoch come from: decoded pictures, or the features a frozen backbone made of them. The order is the
// sampler's, keyed by (seed, epoch), so any batch of any epoch can be returned to.
#include <functional>
#include <memory>

#include "engine/batches/batch.h"
#include "engine/data/picture_reader.h"

namespace tagloom {

class BatchSource {
 public:
  virtual ~BatchSource() = default;
  // The next batch will be number `first_batch` of `epoch`.
  virtual void start_epoch(int64_t epoch, int64_t first_batch) = 0;
  // False at the end of the epoch. What `batch` holds is written over, in its own memory where no other tensor shares that: given
  // the same one each time, nothing is allocated after the largest. It may be smaller than the others: the last one, or one with
  // unreadable pictures. What goes to the device takes the batch's own way there (Batch::send), so that a training can have it
  // go while a step runs (batch_prefetcher.h). By another way, it goes after that step.
  virtual bool next(Batch& batch) = 0;
  virtual int64_t pictures() const = 0;  // of an epoch
  virtual int64_t batches() const = 0;
};

// Goes through the pictures of a dataset, or some of them, as a sampler says. The dataset must outlive the source.
class SampledSource : public BatchSource {
 public:
  int64_t pictures() const override { return sampler_.pictures(); }
  int64_t batches() const override { return sampler_.batches(); }

 protected:
  SampledSource(const Dataset& dataset, int64_t pictures, const SamplerSettings& sampler)
      : dataset_(dataset), sampler_(pictures, sampler) {}
  void add_tags(Device device, Batch& batch);  // tags and labels of the pictures in batch.index

  const Dataset& dataset_;
  Sampler sampler_;

 private:
  std::vector<uint8_t> labels_;  // host memory that is used again
};

// Pictures, decoded and transformed on the threads of a PictureReader.
class PictureSource : public SampledSource {
 public:
  PictureSource(const Dataset& dataset, const PictureReaderSettings& reader, const SamplerSettings& sampler, Device device,
                std::function<void(const ReadFailure&)> on_failure = {});
  void start_epoch(int64_t epoch, int64_t first_batch) override;
  bool next(Batch& batch) override;

 private:
  PictureReader reader_;
  HostBatch host_;
  int64_t size_;
  Device device_;
};

// The features of the pictures of a dataset, on the model's device.
struct FeatureTable {
  Tensor rows;                 // Real [R, F]
  std::vector<int64_t> valid;  // the pictures that could be read
  std::vector<int64_t> row;    // the row of each of these
};

// Those of a part that Dataset::split cut off, sharing the whole one's rows.
FeatureTable part_of(const FeatureTable& whole, const Dataset& part);

// Rows of a feature table. The table must outlive the source.
class FeatureSource : public SampledSource {
 public:
  FeatureSource(const Dataset& dataset, const FeatureTable& table, const SamplerSettings& sampler);
  void start_epoch(int64_t epoch, int64_t first_batch) override;
  bool next(Batch& batch) override;

 private:
  const FeatureTable& table_;
  std::vector<int32_t> rows_;
  Tensor row_ids_;
};

}  // namespace tagloom

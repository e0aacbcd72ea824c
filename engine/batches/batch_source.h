#pragma once
// Sources of batches: decoded pictures, or a frozen backbone's features of them. The sampler keys the order by (seed, epoch), so
// a source can start at any batch of any epoch.
#include <functional>
#include <memory>

#include "engine/batches/batch.h"
#include "engine/data/picture_reader.h"

namespace tagloom {

class BatchSource {
 public:
  virtual ~BatchSource() = default;
  // Makes batch number `first_batch` of `epoch` the next one.
  virtual void start_epoch(int64_t epoch, int64_t first_batch) = 0;
  // False at the end of the epoch. Overwrites `batch`, in its own memory if no other tensor shares it: with the same batch each
  // time, nothing is allocated after the largest. The last batch, and one with unreadable pictures, may be smaller.
  // Implementations upload through Batch::send, which can run during a step (batch_prefetcher.h); any other upload waits for that
  // step.
  virtual bool next(Batch& batch) = 0;
  virtual int64_t pictures() const = 0;  // per epoch
  virtual int64_t batches() const = 0;
};

// Visits all or some pictures of a dataset in the order of a sampler. The dataset must outlive the source.
class SampledSource : public BatchSource {
 public:
  int64_t pictures() const override { return sampler_.pictures(); }
  int64_t batches() const override { return sampler_.batches(); }

 protected:
  SampledSource(const Dataset& dataset, int64_t pictures, const SamplerSettings& sampler)
      : dataset_(dataset), sampler_(pictures, sampler) {}
  void add_tags(Device device, Batch& batch);  // sets tags and labels of the pictures in batch.index

  const Dataset& dataset_;
  Sampler sampler_;

 private:
  std::vector<uint8_t> labels_;  // reused host memory
};

// Batches of pictures, decoded and transformed on the threads of a PictureReader.
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

// A dataset's features, on the model's device.
struct FeatureTable {
  Tensor rows;                 // Real [R, F]
  std::vector<int64_t> valid;  // indices of the pictures that could be read
  std::vector<int64_t> row;    // the row of each of them
};

// The table of a part that Dataset::split made, sharing the rows of `whole`.
FeatureTable part_of(const FeatureTable& whole, const Dataset& part);

// Batches of rows of a feature table. The table must outlive the source.
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

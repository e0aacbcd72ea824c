#pragma once
// Reads, decodes and transforms pictures ahead of training, on its own threads, into batches of bytes on the host.
//
// The batches come in the sampler's order and hold the same bytes for any number of workers: which random
// numbers a picture draws is decided by (seed, epoch, its index), not by who decodes it when.
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/data/dataset.h"
#include "engine/data/sampler.h"
#include "engine/data/transform.h"

namespace tagloom {

struct PictureReaderSettings {
  TransformOptions transform = {};
  bool training = false;
  int workers = 0;   // 0: one for each CPU that this process may use
  int prefetch = 4;  // batches that may be ready or in the making, beyond the one handed out
  uint64_t seed = 0;
  OnError on_error = OnError::kStop;
};

struct HostBatch {
  int64_t position = 0;         // its number in the epoch; when done: sampler.advance_to(position + 1)
  int n = 0;                    // pictures that could be read
  std::vector<int64_t> index;   // [n], in the dataset
  std::vector<uint8_t> images;  // [n, size, size, 3]
};

// A picture that could not be read.
struct ReadFailure {
  int64_t index = 0;
  std::string path;
  std::string reason;  // a sentence that begins with the file
};

//   PictureReader reader(dataset, {.transform = {.size = 224}, .training = true, .seed = 7});
//   for (; sampler.epoch() < epochs; sampler.next_epoch()) {
//     reader.start(sampler);
//     for (HostBatch batch; reader.next(batch); sampler.advance_to(batch.position + 1)) { … }
//   }
class PictureReader {
 public:
  // The dataset must outlive the reader. Throws Error(kUsage) for settings that make no sense.
  PictureReader(const Dataset& dataset, const PictureReaderSettings& settings);
  ~PictureReader();
  PictureReader(const PictureReader&) = delete;
  PictureReader& operator=(const PictureReader&) = delete;

  // Begins with the sampler's epoch at the sampler's position; batches of an earlier start are dropped.
  void start(const Sampler& sampler);

  // Waits for the next batch and puts it into `batch`, whose memory is used again; false at the end of the
  // epoch. A picture that cannot be read: OnError::kStop throws its Error(kData); kSkip makes the batch one
  // picture smaller, reports it, and passes over a batch of which nothing is left. A whole epoch of which no
  // picture at all could be read is an Error(kData) in either case. After an exception the epoch is over.
  bool next(HostBatch& batch);

  // Pictures that were left out since the reader was made, in the order of their batches. on_failure is
  // called from within next() for each as it is found.
  const std::vector<ReadFailure>& failures() const { return failures_; }
  std::function<void(const ReadFailure&)> on_failure;

 private:
  class Workers;

  const Dataset& dataset_;
  PictureReaderSettings settings_;
  int64_t pictures_ = 0, loaded_ = 0;  // of this epoch
  bool whole_epoch_ = false;           // it was started at its first batch
  std::vector<ReadFailure> failures_;
  std::unique_ptr<Workers> workers_;
};

}  // namespace tagloom

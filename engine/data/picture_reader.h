#pragma once
// Reads, decodes and transforms pictures on its own threads, ahead of training, into batches of bytes on the host.
//
// The batches come in the sampler's order and contain the same bytes for any number of workers: a picture's random numbers depend
// on (seed, epoch, its index), not on which worker decodes it when.
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
  int workers = 0;   // 0: one per CPU available to this process
  int prefetch = 4;  // batches ready or in progress, in addition to the one handed out
  uint64_t seed = 0;
  OnError on_error = OnError::kStop;
};

struct HostBatch {
  int64_t position = 0;         // number in the epoch; afterwards: sampler.advance_to(position + 1)
  int n = 0;                    // pictures that could be read
  std::vector<int64_t> index;   // [n], in the dataset
  std::vector<uint8_t> images;  // [n, size, size, 3]
};

// Whether another try may succeed: kContent is a file that is no picture or a damaged one, kTransient one that could not be read
// (it vanished, the disk or the network failed, no permission, too many open files) or decoded for lack of memory.
enum class ReadProblem { kContent, kTransient };

// A picture that could not be read.
struct ReadFailure {
  int64_t index = 0;
  std::string path;
  std::string reason;  // a sentence that starts with the path
  ReadProblem problem = ReadProblem::kContent;
};

//   PictureReader reader(dataset, {.transform = {.size = 224}, .training = true, .seed = 7});
//   for (; sampler.epoch() < epochs; sampler.next_epoch()) {
//     reader.start(sampler);
//     for (HostBatch batch; reader.next(batch); sampler.advance_to(batch.position + 1)) { … }
//   }
class PictureReader {
 public:
  // The dataset must outlive the reader. Throws Error(kUsage) for invalid settings.
  PictureReader(const Dataset& dataset, const PictureReaderSettings& settings);
  ~PictureReader();
  PictureReader(const PictureReader&) = delete;
  PictureReader& operator=(const PictureReader&) = delete;

  // Starts at the sampler's epoch and position; drops batches of an earlier start().
  void start(const Sampler& sampler);

  // Waits for the next batch and moves it into `batch`, reusing its memory; false at the end of the epoch. For a picture that
  // cannot be read, OnError::kStop throws its Error(kData); kSkip reports it, leaves it out of the batch, and skips a batch with
  // no picture left. If no picture of a whole epoch can be read, both throw Error(kData). An exception ends the epoch.
  bool next(HostBatch& batch);

  // Pictures left out so far, in the order of their batches. next() calls on_failure for each of them.
  const std::vector<ReadFailure>& failures() const { return failures_; }
  std::function<void(const ReadFailure&)> on_failure;

 private:
  class Workers;

  const Dataset& dataset_;
  PictureReaderSettings settings_;
  int64_t pictures_ = 0, loaded_ = 0;  // of this epoch
  bool whole_epoch_ = false;           // started at the first batch
  std::vector<ReadFailure> failures_;
  std::unique_ptr<Workers> workers_;
};

}  // namespace tagloom

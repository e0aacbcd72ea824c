#pragma once
// Hands out the batches of a training run one by one. On CUDA it alternates between two: while a step runs on one, the other is
// read and uploaded.
#include <array>
#include <exception>
#include <optional>

#include "engine/batches/batch_source.h"

namespace tagloom {

class BatchPrefetcher {
 public:
  // `ahead`: on a GPU, read and upload ahead. Otherwise, and on the CPU, next() reads the batch and returns when it is complete.
  BatchPrefetcher(BatchSource& source, Device device, bool ahead);
  ~BatchPrefetcher();  // waits for the device
  BatchPrefetcher(const BatchPrefetcher&) = delete;
  BatchPrefetcher& operator=(const BatchPrefetcher&) = delete;

  void start_epoch(int64_t epoch, int64_t first_batch);
  // Null at the end of the epoch. Work submitted to the device's queue after next() returns may use the batch.
  Batch* next();
  // Call once all work on the batch has been submitted: starts reading the next one. next() rethrows an exception from reading.
  void read_ahead();

 private:
  struct Slot {
    Batch batch;
    std::optional<Upload> upload;  // set if batches are read ahead
  };
  bool fill(Slot& slot);

  BatchSource& source_;
  Device device_;
  std::optional<kernels::Queue> copies_;
  std::array<Slot, 2> slots_;  // only the first is used if nothing is read ahead
  size_t turn_ = 0;            // index of the slot with the next batch
  bool is_read_ = false;       // the next batch was read ahead, with the result in found_ or failure_
  bool found_ = false;
  std::exception_ptr failure_;
};

}  // namespace tagloom

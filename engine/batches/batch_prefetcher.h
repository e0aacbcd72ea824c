#pragma once
// The batches of a training, one after the other. On CUDA there are two, which take turns: while the step of one runs, the other
// is read and uploaded.
#include <array>
#include <exception>
#include <optional>

#include "engine/batches/batch_source.h"

namespace tagloom {

class BatchPrefetcher {
 public:
  // `ahead`: where the device is a GPU, read and upload ahead; false: a batch is there when next() returns, as on the CPU.
  BatchPrefetcher(BatchSource& source, Device device, bool ahead);
  ~BatchPrefetcher();  // waits for the device
  BatchPrefetcher(const BatchPrefetcher&) = delete;
  BatchPrefetcher& operator=(const BatchPrefetcher&) = delete;

  void start_epoch(int64_t epoch, int64_t first_batch);
  // Null at the end of the epoch. Work that the device's queue is given from now on finds the batch there.
  Batch* next();
  // Called when the queue was given all the work on the batch: the next one may come. What reading it throws, next() throws.
  void read_ahead();

 private:
  struct Slot {
    Batch batch;
    std::optional<Upload> upload;  // where it is read ahead
  };
  bool fill(Slot& slot);

  BatchSource& source_;
  Device device_;
  std::optional<kernels::Queue> copies_;
  std::array<Slot, 2> slots_;  // the first alone where nothing is read ahead
  size_t turn_ = 0;            // of the slot whose batch is next
  bool is_read_ = false;       // it was read ahead:
  bool found_ = false;
  std::exception_ptr failure_;
};

}  // namespace tagloom

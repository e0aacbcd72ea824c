// Alternates two slots: the device works on one batch while the other is read and uploaded.
#include "engine/batches/batch_prefetcher.h"

#include <utility>

#include "kernels/base/device.h"

namespace tagloom {

BatchPrefetcher::BatchPrefetcher(BatchSource& source, Device device, bool ahead) : source_(source), device_(device) {
  if (!ahead || !device.is_cuda()) return;
  copies_ = kernels::make_cuda_queue(device.index(), 0);
  for (Slot& slot : slots_) slot.upload.emplace(device, *copies_);
}

BatchPrefetcher::~BatchPrefetcher() {
  if (!copies_) return;
  try {
    kernels::synchronize(*copies_);
    device_.synchronize();
  } catch (const Error&) {  // the next wait for the device reports the error again
  }
}

void BatchPrefetcher::start_epoch(int64_t epoch, int64_t first_batch) {
  source_.start_epoch(epoch, first_batch);
  turn_ = 0;
  is_read_ = false;
  for (Slot& slot : slots_) {
    if (slot.upload) slot.upload->release();  // also covers the source's device memory, which both slots' batches are made from
  }
}

bool BatchPrefetcher::fill(Slot& slot) {
  if (!slot.upload) return source_.next(slot.batch);
  slot.upload->begin();
  slot.batch.upload = &*slot.upload;
  const bool found = source_.next(slot.batch);
  slot.batch.upload = nullptr;
  slot.upload->end();
  return found;
}

Batch* BatchPrefetcher::next() {
  Slot& slot = slots_[turn_];
  if (!is_read_) found_ = fill(slot);
  is_read_ = false;
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
  if (!found_) return nullptr;
  if (slot.upload) {
    slot.upload->arrive();
    turn_ = 1 - turn_;
  }
  return &slot.batch;
}

void BatchPrefetcher::read_ahead() {
  if (!copies_) return;
  slots_[1 - turn_].upload->release();
  is_read_ = true;
  try {
    found_ = fill(slots_[turn_]);
  } catch (...) {
    failure_ = std::current_exception();
  }
}

}  // namespace tagloom

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
  } catch (const Error&) {  // whoever waits for the device next says so
  }
}

void BatchPrefetcher::start_epoch(int64_t epoch, int64_t first_batch) {
  source_.start_epoch(epoch, first_batch);
  turn_ = 0;
  is_read_ = false;
  for (Slot& slot : slots_) {
    if (slot.upload) slot.upload->let_go();  // others had the source, too, and what it keeps on the device
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
  slots_[1 - turn_].upload->let_go();
  is_read_ = true;
  try {
    found_ = fill(slots_[turn_]);
  } catch (...) {
    failure_ = std::current_exception();
  }
}

}  // namespace tagloom

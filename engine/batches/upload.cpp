// Copies a batch through page-locked memory on a second queue, ordered by events.
#include "engine/batches/upload.h"

#include "kernels/base/device.h"

namespace tagloom {

PageLocked::PageLocked(Device device, size_t bytes)
    : device_(device), bytes_(bytes), data_(kernels::allocate_host(device.queue(), bytes)) {}

PageLocked::~PageLocked() { kernels::release_host(device_.queue(), data_); }

Upload::Upload(Device device, kernels::Queue& copies)
    : device_(device), copies_(copies), sent_(kernels::make_event(copies)), free_(kernels::make_event(copies)) {}

void Upload::begin() {
  sent_->synchronize();
  used_ = 0;
  free_->wait(copies_);
}

void Upload::send_bytes(const Tensor& to, const void* values) {
  if (to.bytes() == 0) return;
  if (used_ == staging_.size()) staging_.emplace_back();
  std::unique_ptr<PageLocked>& staging = staging_[used_++];
  if (!staging || staging->bytes() < to.bytes()) {
    staging.reset();
    staging = std::make_unique<PageLocked>(device_, to.bytes());
  }
  std::memcpy(staging->data(), values, to.bytes());
  kernels::copy_bytes(copies_, kernels::CopyKind::kHostToDevice, staging->data(), to.raw(), to.bytes());
}

void Upload::end() { sent_->record(copies_); }

void Upload::arrive() { sent_->wait(device_.queue()); }

void Upload::release() { free_->record(device_.queue()); }

}  // namespace tagloom

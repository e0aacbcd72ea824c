// Allocates and copies the two sides of a Mirror.
#include "engine/core/mirror.h"

#include <cstring>

#include "kernels/base/device.h"

namespace tagloom {

Mirror::Mirror(Device device, size_t bytes) : device_(device) {
  host_ = static_cast<char*>(kernels::allocate_host(device.queue(), bytes));
  std::memset(host_, 0, bytes);
  if (!device.is_cuda()) {
    device_memory_ = host_;
    return;
  }
  try {
    device_memory_ = static_cast<char*>(kernels::allocate(device.queue(), bytes));
  } catch (...) {
    kernels::release_host(device.queue(), host_);
    throw;
  }
  kernels::zero_bytes(device.queue(), device_memory_, bytes);
}

Mirror::~Mirror() {
  if (device_memory_ != host_) kernels::release(device_.queue(), device_memory_);
  kernels::release_host(device_.queue(), host_);
}

void Mirror::to_device(size_t offset, size_t bytes) const {
  if (device_memory_ == host_) return;
  kernels::copy_bytes(device_.queue(), kernels::CopyKind::kHostToDevice, host_ + offset, device_memory_ + offset, bytes);
}

void Mirror::to_host(size_t offset, size_t bytes) const {
  if (device_memory_ == host_) return;
  kernels::copy_bytes(device_.queue(), kernels::CopyKind::kDeviceToHost, device_memory_ + offset, host_ + offset, bytes);
}

}  // namespace tagloom

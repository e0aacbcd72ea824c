#pragma once
// A few values that the host and a device tell each other in every step, twice in memory: where the host writes and reads,
// page-locked, and where kernels do. A copy between the two is work of the queue. On the CPU both are the same place.
#include "engine/core/device.h"

namespace tagloom {

class Mirror {
 public:
  Mirror(Device device, size_t bytes);
  ~Mirror();
  Mirror(const Mirror&) = delete;
  Mirror& operator=(const Mirror&) = delete;

  template <class T>
  T* host(size_t offset) const {
    return reinterpret_cast<T*>(host_ + offset);
  }
  template <class T>
  T* device(size_t offset) const {
    return reinterpret_cast<T*>(device_memory_ + offset);
  }
  void to_device(size_t offset, size_t bytes) const;  // the host may write there again once the queue was waited for
  void to_host(size_t offset, size_t bytes) const;    // wait for the queue before reading

 private:
  Device device_;
  char *host_ = nullptr, *device_memory_ = nullptr;
};

}  // namespace tagloom

#pragma once
// A few values that host and device exchange in every step, kept twice: in page-locked memory for the host and in device memory
// for kernels. Copies between the two run on the queue. On the CPU both are the same memory.
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
  void to_device(size_t offset, size_t bytes) const;  // wait for the queue before writing again
  void to_host(size_t offset, size_t bytes) const;    // wait for the queue before reading

 private:
  Device device_;
  char *host_ = nullptr, *device_memory_ = nullptr;
};

}  // namespace tagloom

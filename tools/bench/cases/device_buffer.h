#pragma once
// Memory on either device with sentinels around it, which detect writes outside an output, and with poisoned content, which
// detects unwritten elements.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "kernels/base/device.h"

namespace tagloom::test {

constexpr unsigned char kPoison = 0xCB;  // -2.67e7 as a float, -875836469 as an int32: no op computes them

template <class T>
class DeviceBuffer {
 public:
  // The data begins `shift` elements past a 256-byte boundary: 0 lets kernels use 16-byte accesses, 1 forbids it.
  DeviceBuffer(kernels::Queue& q, int64_t count, int64_t shift = 0)
      : queue_(q), count_(count), front_(kGuard + shift * sizeof(T)), total_(front_ + count * sizeof(T) + kGuard) {
    memory_ = static_cast<unsigned char*>(kernels::allocate(queue_, total_));
    const std::vector<unsigned char> poison(std::min<int64_t>(total_, 1 << 20), kPoison);
    for (int64_t at = 0; at < total_; at += poison.size())
      write(poison.data(), std::min<int64_t>(poison.size(), total_ - at), at);
  }
  ~DeviceBuffer() { kernels::release(queue_, memory_); }
  DeviceBuffer(const DeviceBuffer&) = delete;
  DeviceBuffer& operator=(const DeviceBuffer&) = delete;

  T* data() { return reinterpret_cast<T*>(memory_ + front_); }

  void upload(const std::vector<T>& values) {
    TL_CHECK(static_cast<int64_t>(values.size()) == count_, "upload of {} values into {}", values.size(), count_);
    write(values.data(), count_ * sizeof(T), front_);
  }

  std::vector<T> download() const {
    std::vector<T> values(count_);
    read(values.data(), count_ * sizeof(T), front_);
    return values;
  }

  bool sentinels_intact() const {
    std::vector<unsigned char> sentinels(front_ + kGuard);
    read(sentinels.data(), front_, 0);
    read(sentinels.data() + front_, kGuard, total_ - kGuard);
    return std::all_of(sentinels.begin(), sentinels.end(), [](unsigned char byte) { return byte == kPoison; });
  }

 private:
  static constexpr int64_t kGuard = 256;

  void write(const void* from, int64_t bytes, int64_t at) {
    if (bytes == 0) return;
    kernels::copy_bytes(queue_, kernels::CopyKind::kHostToDevice, from, memory_ + at, bytes);
    kernels::synchronize(queue_);
  }
  void read(void* to, int64_t bytes, int64_t at) const {
    if (bytes == 0) return;
    kernels::copy_bytes(queue_, kernels::CopyKind::kDeviceToHost, memory_ + at, to, bytes);
    kernels::synchronize(queue_);
  }

  mutable kernels::Queue queue_;
  int64_t count_, front_, total_;
  unsigned char* memory_ = nullptr;
};

}  // namespace tagloom::test

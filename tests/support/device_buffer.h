#pragma once
// Memory on either device with sentinels in front and behind, so that a kernel that writes outside its output is caught; and
// poisoned, so that one that leaves part of its output unwritten is caught too.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "kernels/base/device.h"

namespace tagloom::test {

constexpr unsigned char kPoison = 0xCB;  // as a float -2.67e7, as an int32 -875836469: nothing that an op computes

template <class T>
class DeviceBuffer {
 public:
  // The data begins `shift` elements past a 256-byte boundary: 0 lets kernels use 16-byte accesses, 1 forbids it.
  DeviceBuffer(kernels::Queue& q, int64_t count, int64_t shift = 0)
      : queue_(q), count_(count), front_(kGuard + shift * sizeof(T)), total_(front_ + count * sizeof(T) + kGuard) {
    memory_ = static_cast<unsigned char*>(kernels::allocate(queue_, total_));
    write(std::vector<unsigned char>(total_, kPoison), 0);
  }
  ~DeviceBuffer() { kernels::release(queue_, memory_); }
  DeviceBuffer(const DeviceBuffer&) = delete;
  DeviceBuffer& operator=(const DeviceBuffer&) = delete;

  T* data() { return reinterpret_cast<T*>(memory_ + front_); }

  void upload(const std::vector<T>& values) {
    TL_CHECK(static_cast<int64_t>(values.size()) == count_, "upload of {} values into {}", values.size(), count_);
    const auto* bytes = reinterpret_cast<const unsigned char*>(values.data());
    write(std::vector<unsigned char>(bytes, bytes + count_ * sizeof(T)), front_);
  }

  std::vector<T> download() const {
    const std::vector<unsigned char> all = read();
    std::vector<T> values(count_);
    if (count_ > 0) std::memcpy(values.data(), all.data() + front_, count_ * sizeof(T));
    return values;
  }

  bool sentinels_intact() const {
    const std::vector<unsigned char> all = read();
    const auto intact = [](unsigned char byte) { return byte == kPoison; };
    return std::all_of(all.begin(), all.begin() + front_, intact) && std::all_of(all.end() - kGuard, all.end(), intact);
  }

 private:
  static constexpr int64_t kGuard = 256;

  void write(const std::vector<unsigned char>& bytes, int64_t at) {
    kernels::copy_bytes(queue_, kernels::CopyKind::kHostToDevice, bytes.data(), memory_ + at, bytes.size());
    kernels::synchronize(queue_);
  }
  std::vector<unsigned char> read() const {
    std::vector<unsigned char> bytes(total_);
    kernels::copy_bytes(queue_, kernels::CopyKind::kDeviceToHost, memory_, bytes.data(), bytes.size());
    kernels::synchronize(queue_);
    return bytes;
  }

  mutable kernels::Queue queue_;
  int64_t count_, front_, total_;
  unsigned char* memory_ = nullptr;
};

}  // namespace tagloom::test

#pragma once
// The CPU or one CUDA GPU.
#include <string>
#include <string_view>

#include "kernels/base/queue.h"

namespace tagloom {

class Device {
 public:
  static constexpr int kMost = 65;  // the CPU and 64 GPUs
  Device() = default;               // the CPU
  static Device cpu() { return Device(); }
  static Device cuda(int index = 0);  // throws Error(kDevice) if there is no such GPU
  static Device best();               // the first GPU if there is one, else the CPU
  // "auto", "cpu", "cuda" or "cuda:1". Throws Error(kUsage) for any other name, Error(kDevice) for an absent GPU.
  static Device parse(std::string_view name);

  bool is_cuda() const { return index_ >= 0; }
  int index() const { return index_; }  // number of the GPU; -1 for the CPU
  std::string name() const;             // "cpu" or "cuda:0"
  std::string description() const;      // "CPU, 2 threads" or "NVIDIA H200 (cuda:0, sm_90)"
  kernels::Queue& queue() const;        // one per device
  void synchronize() const;
  bool operator==(const Device&) const = default;

 private:
  int index_ = -1;
};

}  // namespace tagloom

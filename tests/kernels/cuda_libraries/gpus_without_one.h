#pragma once
// Descriptions of GPUs in cuDNN's JSON of device properties, for planning without a GPU, and the layers to plan.
#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "kernels/base/error.h"
#include "kernels/cnn/conv2d.h"

namespace tagloom::test {

struct Gpu {
  int version;  // 900 is sm_90
  const char* name;
  int multiprocessors, shared_bytes, threads;  // the most shared memory per block, the threads of a multiprocessor
  long long l2_bytes, memory_bytes;
};

inline std::ostream& operator<<(std::ostream& out, const Gpu& gpu) { return out << gpu.name; }

// cuDNN's JSON of device properties; all of these keys are required.
inline std::string json_of(const Gpu& gpu) {
  return format(R"({{"cudaDeviceId":0,"deviceName":"{}","deviceVer":{},"driverVer":13000,"isTccDriver":0,"l2CacheSize":{},)",
                gpu.name, gpu.version, gpu.l2_bytes) +
         format(R"("maxBlockSize":[1024,1024,64],"maxCtasPerSM":32,"maxGridSize":[2147483647,65535,65535],)"
                R"("maxRegistersPerSM":65536,"maxSharedMemoryPerBlock":49152,"maxSharedMemoryPerBlockOptin":{},)"
                R"("maxThreadsPerBlock":1024,"maxThreadsPerSM":{},"memClockRateKHz":2000000,"multiProcessorCount":{},)",
                gpu.shared_bytes, gpu.threads, gpu.multiprocessors) +
         format(R"("pciDeviceId":1,"regsPerBlock":65536,"reservedSharedMemoryPerBlock":1024,"smClockRateKHz":1700000,)"
                R"("supportCoopLaunch":1,"totalGlobalMem":{},"warpSize":32}})",
                gpu.memory_bytes);
}

inline constexpr long long kMiB = 1 << 20, kGiB = 1 << 30;
inline constexpr Gpu kGpus[] = {{800, "sm_80", 108, 166912, 2048, 40 * kMiB, 80 * kGiB},
                                {900, "sm_90", 132, 232448, 2048, 50 * kMiB, 80 * kGiB},
                                {1000, "sm_100", 148, 232448, 2048, 126 * kMiB, 180 * kGiB},
                                {1200, "sm_120", 170, 101376, 1536, 96 * kMiB, 32 * kGiB}};

inline constexpr int64_t kBatch = 64;

inline kernels::Conv2dShape layer(int64_t size, int64_t c, int64_t k, int64_t window, int64_t stride = 1, int64_t groups = 1) {
  return {kBatch, size, size, c, k, window, window, stride, window / 2, 1, groups};
}

// All distinct convolutions of ResNet-50 and -101 at 224 pixels; the stem reads 8 channels (3 and zeros). The 3x3 of a wide ResNet
// have twice the width.
inline std::vector<kernels::Conv2dShape> resnet_layers(int64_t widening = 1) {
  std::vector<kernels::Conv2dShape> layers{layer(224, 8, 64, 7, 2)};
  int64_t size = 56, in = 64;
  for (const int64_t planes : {64, 128, 256, 512}) {
    const int64_t stride = planes == 64 ? 1 : 2, width = widening * planes, out = 4 * planes;
    layers.push_back(layer(size, in, width, 1));  // first block
    layers.push_back(layer(size, width, width, 3, stride));
    layers.push_back(layer(size, in, out, 1, stride));  // its shortcut
    size /= stride;
    layers.push_back(layer(size, width, out, 1));  // every block
    layers.push_back(layer(size, out, width, 1));  // later blocks
    if (stride == 2) layers.push_back(layer(size, width, width, 3));
    in = out;
  }
  return layers;
}

// The grouped 3x3 of ResNeXt-50 32x4d and ResNeXt-101 32x8d and 64x4d.
inline std::vector<kernels::Conv2dShape> resnext_layers() {
  std::vector<kernels::Conv2dShape> layers;
  for (const auto& [groups, channels] : {std::pair<int64_t, int64_t>{32, 4}, {32, 8}, {64, 4}}) {
    int64_t size = 56, width = groups * channels;
    layers.push_back(layer(size, width, width, 3, 1, groups));
    for (int stage = 1; stage < 4; ++stage) {
      width *= 2;
      layers.push_back(layer(size, width, width, 3, 2, groups));
      size /= 2;
      layers.push_back(layer(size, width, width, 3, 1, groups));
    }
  }
  return layers;
}

}  // namespace tagloom::test

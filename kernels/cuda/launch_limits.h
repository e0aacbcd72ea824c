#pragma once
// How many blocks of a kernel a device holds at once, for kernels whose blocks wait for each other. Each query runs once per
// kernel and device and is cached: recorded launches make no queries, and no launch changes the attributes of another.
#include <cuda_runtime.h>

#include <cstddef>

namespace tagloom::kernels {

// `blocks`, at one per multiprocessor, is 0 if the device cannot run all blocks of a launch at once, or if this build's code for
// the device is older than `architecture`. The first call permanently allows the kernel all of the dynamic shared memory.
struct TogetherLimits {
  int blocks;
  size_t shared_bytes;  // dynamic, per block
};
TogetherLimits limits_together(int device, const void* kernel, int architecture);

// The blocks of this size that the device holds at once. Call limits_together() first.
int blocks_together(int device, const void* kernel, int threads, size_t shared_bytes);
// The clusters that the device holds at once; 0 if it supports no cluster of that size with that much shared memory.
int clusters_together(int device, const void* kernel, int cluster, int threads, size_t shared_bytes);

}  // namespace tagloom::kernels

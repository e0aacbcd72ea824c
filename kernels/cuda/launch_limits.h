#pragma once
// What a device holds at once of a kernel whose blocks wait for each other. Each question is asked once per kernel and device,
// and the answers are kept: a launch that is recorded asks nothing, and no launch changes a kernel's attributes behind another's
// back.
#include <cuda_runtime.h>

#include <cstddef>

namespace tagloom::kernels {

// blocks, one per multiprocessor, is 0 where no launch can have all its blocks there at once, or where this build's code for the
// device comes from before `architecture`. The first call lets the kernel have all the dynamic shared memory that there is, for
// good.
struct TogetherLimits {
  int blocks;
  size_t shared_bytes;  // dynamic, of a block
};
TogetherLimits limits_together(int device, const void* kernel, int architecture);

// After limits_together(). Blocks of this size that are on the device at once.
int blocks_together(int device, const void* kernel, int threads, size_t shared_bytes);
// And clusters of blocks; 0 where the device has no cluster of that size with that much shared memory.
int clusters_together(int device, const void* kernel, int cluster, int threads, size_t shared_bytes);

}  // namespace tagloom::kernels

#pragma once
// Marks a function that both twins call: nvcc compiles it for the host and the device.
#ifdef __CUDACC__
#define TL_HOST_DEVICE __host__ __device__
#else
#define TL_HOST_DEVICE
#endif

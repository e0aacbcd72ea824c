#pragma once
// Marks a function that both twins call: the compiler of a .cu file builds it for the device too.
#ifdef __CUDACC__
#define TL_HOST_DEVICE __host__ __device__
#else
#define TL_HOST_DEVICE
#endif

#pragma once
// Environment variables that control the GPU libraries:
//
//   TAGLOOM_CUDA_BENCHMARK=1         conv2d and gemm time the engines of cuDNN and the algorithms of cuBLASLt on first use of a
//                                    shape, take the fastest, and keep the choice in the folder of caches for later runs
//                                    (TAGLOOM_CUDNN_BENCHMARK is its older name)
//   TAGLOOM_CUDA_COMPILE_SECONDS=60  time limit for compiling engines that are only timed
//   TAGLOOM_CUDA_WORKSPACE=512       scratch memory in MiB: the limit for each algorithm of cuDNN or cuBLASLt
//   TAGLOOM_CUDA_GRAPHS=0            launches each kernel of a training step by itself instead of as one CUDA graph
//   TAGLOOM_LSTM_DECODE=grid         lstm_decode runs as one launch in thread-block clusters (cluster), as one on the whole GPU
//                                    (grid) or step by step (steps); if one does not support a shape, the next is used
#include "kernels/base/device.h"

namespace tagloom {

// Applies the environment to `rules`. Throws Error(kUsage) for an invalid value, or if benchmarking is requested together with
// the same bits in each run: engines differ in rounding.
kernels::QueueRules with_environment(kernels::QueueRules rules, bool same_bits_each_time);

}  // namespace tagloom

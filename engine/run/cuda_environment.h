#pragma once
// What a user's environment asks of the libraries behind a GPU:
//
//   TAGLOOM_CUDA_BENCHMARK=1         conv2d and gemm time the engines of cuDNN and the algorithms of cuBLASLt on first use of a
//                                    shape, take the fastest, and keep the choice in the folder of caches for later runs
//                                    (TAGLOOM_CUDNN_BENCHMARK is its older name)
//   TAGLOOM_CUDA_COMPILE_SECONDS=60  the time that may go into compiling engines which are only there to be timed
//   TAGLOOM_CUDA_WORKSPACE=512       scratch memory in MiB: the most that an algorithm of cuDNN or cuBLASLt may ask for
//   TAGLOOM_CUDA_GRAPHS=0            each kernel of a training step is launched by itself and not as one CUDA graph
//   TAGLOOM_LSTM_DECODE=grid         lstm_decode runs as one launch in thread-block clusters (cluster), as one on the whole GPU
//                                    (grid) or step by step (steps); what one cannot take goes to the next of these
#include "kernels/base/device.h"

namespace tagloom {

// `rules` with what the environment says. Throws Error(kUsage) where a value means nothing, or where the benchmark is asked for
// together with the same bits each time: another engine rounds otherwise.
kernels::QueueRules with_environment(kernels::QueueRules rules, bool same_bits_each_time);

}  // namespace tagloom

#pragma once
// Declares an op for both devices at once, so that the signatures of its twins cannot differ.
//
//   namespace tagloom::kernels { TL_TWINS(relu_forward, Queue& q, int64_t n, const Real* x, Real* y); }
//
// declares kernels::cpu::relu_forward and kernels::cuda::relu_forward. A forgotten CPU twin is a link error; so is a
// forgotten CUDA twin in a build with CUDA.
#include "kernels/base/build_config.h"
#include "kernels/base/error.h"

#define TL_TWINS(name, ...) \
  namespace cpu {           \
  void name(__VA_ARGS__);   \
  }                         \
  namespace cuda {          \
  void name(__VA_ARGS__);   \
  }

// TL_ON(queue, relu_forward(queue, n, x, y)) calls the twin of the queue's device. The name has no
// namespace. A build without CUDA discards the CUDA call, and a CUDA queue throws.
#define TL_ON(queue, ...)                                  \
  do {                                                     \
    if (!(queue).is_cuda()) {                              \
      ::tagloom::kernels::cpu::__VA_ARGS__;                \
    } else if constexpr (::tagloom::kernels::kCudaBuilt) { \
      ::tagloom::kernels::cuda::__VA_ARGS__;               \
    } else {                                               \
      ::tagloom::throw_cuda_not_built();                   \
    }                                                      \
  } while (false)

#pragma once
// Declares an op for every device at once, so that the signatures of its twins cannot differ.
//
//   namespace tagloom::kernels { TL_TWINS(relu_forward, Queue& q, int64_t n, const Real* x, Real* y) }
//
// declares kernels::cpu::relu_forward and kernels::cuda::relu_forward. A forgotten CPU twin is a link error; so is a
// forgotten CUDA twin in a build with CUDA.
//
// A portable build for x86-64 compiles the CPU twins twice: as kernels::cpu for the oldest supported CPU, and as kernels::cpu_v4
// for CPUs with AVX-512 (x86-64-v4). Their files and headers put all code into the namespace kernels::TL_CPU, between
// TL_CPU_BEGIN and TL_CPU_END. Includes stay outside: the linker keeps one copy of each inline function for all CPUs.
#include "kernels/base/build_config.h"
#include "kernels/base/error.h"
#include "kernels/cpu/cpu_level.h"

#ifdef TAGLOOM_COMPILE_V4
#define TL_CPU cpu_v4
// Vectors of 32 bytes, as -march=native has them: with 64 bytes some ops take half the time, others three times as long.
#define TL_CPU_BEGIN \
  _Pragma("GCC push_options") _Pragma("GCC target(\"avx512f,avx512cd,avx512bw,avx512dq,avx512vl,prefer-vector-width=256\")")
#define TL_CPU_END _Pragma("GCC pop_options")
#define TL_CPU_VECTOR_BYTES 64
#else
#define TL_CPU cpu
#define TL_CPU_BEGIN
#define TL_CPU_END
#ifdef __AVX512F__
#define TL_CPU_VECTOR_BYTES 64
#else
#define TL_CPU_VECTOR_BYTES 32
#endif
#endif

#if TL_CPU_V4_BUILT
#define TL_CPU_FUNCTION(type, name, ...) \
  namespace cpu {                        \
  type name(__VA_ARGS__);                \
  }                                      \
  namespace cpu_v4 {                     \
  type name(__VA_ARGS__);                \
  }
// TL_ON_CPU(winograd_takes(shape)) calls the function compiled for this CPU. The name has no namespace.
#define TL_ON_CPU(...) \
  (::tagloom::kernels::use_v4() ? ::tagloom::kernels::cpu_v4::__VA_ARGS__ : ::tagloom::kernels::cpu::__VA_ARGS__)
#else
#define TL_CPU_FUNCTION(type, name, ...) \
  namespace cpu {                        \
  type name(__VA_ARGS__);                \
  }
#define TL_ON_CPU(...) ::tagloom::kernels::cpu::__VA_ARGS__
#endif

#define TL_TWINS(name, ...)                \
  TL_CPU_FUNCTION(void, name, __VA_ARGS__) \
  namespace cuda {                         \
  void name(__VA_ARGS__);                  \
  }

// TL_ON(queue, relu_forward(queue, n, x, y)) calls the twin of the queue's device. A build without CUDA discards the CUDA call,
// and a CUDA queue throws.
#define TL_ON(queue, ...)                                  \
  do {                                                     \
    if (!(queue).is_cuda()) {                              \
      TL_ON_CPU(__VA_ARGS__);                              \
    } else if constexpr (::tagloom::kernels::kCudaBuilt) { \
      ::tagloom::kernels::cuda::__VA_ARGS__;               \
    } else {                                               \
      ::tagloom::throw_cuda_not_built();                   \
    }                                                      \
  } while (false)

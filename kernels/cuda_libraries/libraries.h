#pragma once
// cuBLASLt and cuDNN, opened at run time, so that the tools start without them, too.
#include <string>

#include "kernels/cuda/context.h"

namespace tagloom::kernels {

// The address of a library's function. Throws Error(kDevice) with the library, the folders searched and how to install it.
void* cublaslt_symbol(const char* name);
void* cudnn_symbol(const char* name);

std::string library_versions();  // "cuDNN 9.19.0, cuBLASLt 13.1.0", or "cuDNN not found" ...
void destroy_library_handles(CudaContext& context) noexcept;

}  // namespace tagloom::kernels

// TL_CUDNN_SYMBOL(cudnnCreate)(&handle): the function, looked up once.
#define TL_LIBRARY_SYMBOL(lookup, name)                                              \
  ([]() -> decltype(&::name) {                                                       \
    static const auto function = reinterpret_cast<decltype(&::name)>(lookup(#name)); \
    return function;                                                                 \
  }())
#define TL_CUDNN_SYMBOL(name) TL_LIBRARY_SYMBOL(::tagloom::kernels::cudnn_symbol, name)
#define TL_CUBLASLT_SYMBOL(name) TL_LIBRARY_SYMBOL(::tagloom::kernels::cublaslt_symbol, name)

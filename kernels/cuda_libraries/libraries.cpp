// Opens cuBLASLt and cuDNN at run time.
#include "kernels/cuda_libraries/libraries.h"

#include <dlfcn.h>

namespace tagloom::kernels {
namespace {

struct Library {
  void* handle = nullptr;
  std::string problem;

  Library(const char* name, const char* how_to_get_it) {
    handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) {
      const char* reason = dlerror();
      problem = format("{} could not be opened ({}): {}", name, reason ? reason : "no reason given", how_to_get_it);
    }
  }
  void* symbol(const char* name) const {
    TL_CHECK_AS(ErrorKind::kDevice, handle != nullptr, "{}", problem);
    void* address = dlsym(handle, name);
    TL_CHECK_AS(ErrorKind::kDevice, address != nullptr, "the installed library has no function {}: it is too old", name);
    return address;
  }
};

const Library& cublaslt_library() {
  static const Library library("libcublasLt.so.13",
                               "install the CUDA 13 libraries and put them on the loader's path, or run with --device cpu");
  return library;
}

const Library& cudnn_library() {
  static const Library library("libcudnn.so.9",
                               "install cuDNN 9 for CUDA 13 and put it on the loader's path, or run with --device cpu");
  return library;
}

}  // namespace

void* cublaslt_symbol(const char* name) { return cublaslt_library().symbol(name); }
void* cudnn_symbol(const char* name) { return cudnn_library().symbol(name); }

std::string library_versions() {
  std::string text;
  if (cudnn_library().handle) {
    const size_t v = reinterpret_cast<size_t (*)()>(cudnn_symbol("cudnnGetVersion"))();
    text = format("cuDNN {}.{}.{}", v / 10000, v % 10000 / 100, v % 100);
  } else {
    text = "cuDNN not found";
  }
  if (cublaslt_library().handle) {
    const size_t v = reinterpret_cast<size_t (*)()>(cublaslt_symbol("cublasLtGetVersion"))();
    text += format(", cuBLASLt {}.{}.{}", v / 10000, v % 10000 / 100, v % 100);
  } else {
    text += ", cuBLASLt not found";
  }
  return text;
}

void destroy_library_handles(CudaContext& context) noexcept {
  if (context.cublaslt) reinterpret_cast<int (*)(void*)>(cublaslt_symbol("cublasLtDestroy"))(context.cublaslt);
  if (context.cudnn) reinterpret_cast<int (*)(void*)>(cudnn_symbol("cudnnDestroy"))(context.cudnn);
  context.cublaslt = context.cudnn = nullptr;
}

}  // namespace tagloom::kernels

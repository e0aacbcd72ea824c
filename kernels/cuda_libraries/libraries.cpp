// Opens cuBLASLt and cuDNN at run time.
#include "kernels/cuda_libraries/libraries.h"

#include <dlfcn.h>

#include <filesystem>

#include "kernels/base/device_twins.h"
#include "kernels/cuda_libraries/library_search.h"

namespace tagloom::kernels {
namespace {

struct Library {
  FoundLibrary found;
  const char* package;

  void* symbol(const char* name) const {
    TL_CHECK_AS(ErrorKind::kDevice, found.handle != nullptr, "{}: install {}, name its folder in {}, or run with --device cpu",
                found.problem, package, kCudaLibraries);
    void* address = dlsym(found.handle, name);
    TL_CHECK_AS(ErrorKind::kDevice, address != nullptr, "{} has no function {}: it is too old, install {}", found.path, name,
                package);
    return address;
  }
  std::string version(const char* function) const {  // 91900 is 9.19.0
    if (found.handle == nullptr) return "not found";
    const size_t v = reinterpret_cast<size_t (*)()>(symbol(function))();
    return format("{}.{}.{}", v / 10000, v % 10000 / 100, v % 100);
  }
};

// cuDNN loads NVRTC, and NVRTC its builtins, by bare name: the loader finds a library that is already loaded, whatever its
// folder. Without NVRTC, cuDNN still has its precompiled engines.
FoundLibrary open_runtime_compiler() {
  namespace fs = std::filesystem;
  FoundLibrary compiler = open_library("libnvrtc.so.13", library_places());
  std::error_code error;
  if (compiler.handle == nullptr) return compiler;
  for (const auto& entry : fs::directory_iterator(fs::path(compiler.path).parent_path(), error)) {
    if (entry.path().filename().string().starts_with("libnvrtc-builtins.so.13"))
      dlopen(entry.path().c_str(), RTLD_NOW | RTLD_LOCAL);
  }
  return compiler;
}

// Never destroyed: other static objects may still look up a function at exit.
const FoundLibrary& runtime_compiler() {
  static const auto& compiler = *new FoundLibrary(open_runtime_compiler());
  return compiler;
}

const Library& cublaslt_library() {
  static const auto& library = *new Library{open_library("libcublasLt.so.13", library_places()), "the CUDA 13 libraries"};
  return library;
}

FoundLibrary open_cudnn() {
  cublaslt_library();  // cuDNN loads it by name, too
  runtime_compiler();
  return open_library("libcudnn.so.9", library_places());
}

const Library& cudnn_library() {
  static const auto& library = *new Library{open_cudnn(), "cuDNN 9 for CUDA 13"};
  return library;
}

}  // namespace

void* cublaslt_symbol(const char* name) { return cublaslt_library().symbol(name); }
void* cudnn_symbol(const char* name) { return cudnn_library().symbol(name); }

std::string library_versions() {
  return format("cuDNN {}, cuBLASLt {}", cudnn_library().version("cudnnGetVersion"),
                cublaslt_library().version("cublasLtGetVersion"));
}

std::string cuda::library_files() {
  std::string lines;
  for (const FoundLibrary* found : {&cudnn_library().found, &cublaslt_library().found, &runtime_compiler()})
    lines += (found->handle == nullptr ? found->problem : found->path) + "\n";
  return lines;
}

void destroy_library_handles(CudaContext& context) noexcept {
  if (context.cublaslt) reinterpret_cast<int (*)(void*)>(cublaslt_symbol("cublasLtDestroy"))(context.cublaslt);
  if (context.cudnn) reinterpret_cast<int (*)(void*)>(cudnn_symbol("cudnnDestroy"))(context.cudnn);
  context.cublaslt = context.cudnn = nullptr;
}

}  // namespace tagloom::kernels

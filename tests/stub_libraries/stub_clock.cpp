// Loads the stubs and connects them to the test clock.
#include "tests/stub_libraries/stub_clock.h"

#include <dlfcn.h>

#include <cstdlib>

#include "kernels/base/device_twins.h"
#include "kernels/cuda_libraries/library_search.h"
#include "tests/emulated_cuda/emulated.h"

namespace tagloom::stub {
namespace {

const bool stubs_are_found_first = setenv(kernels::kCudaLibraries, STUB_FOLDER, 1) == 0;

Library& library(const char* file) {
  void* const handle = dlopen(file, RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) throw std::runtime_error(dlerror());
  return *reinterpret_cast<decltype(&stub_library)>(dlsym(handle, "stub_library"))();
}

}  // namespace

double seconds_gone = 0;
Library& cublaslt() {
  static Library& found = library(STUB_FOLDER "/libcublasLt.so.13");
  return found;
}
Library& cudnn() {
  static Library& found = library(STUB_FOLDER "/libcudnn.so.9");
  return found;
}

void StubLibraries::SetUp() {
  ASSERT_TRUE(stubs_are_found_first);
  for (Library* library : {&cublaslt(), &cudnn()}) {
    *library = Library();
    library->clock = &seconds_gone;
    library->enqueue = emulated::do_or_keep;
    for (double& seconds : library->seconds) seconds = 1;
  }
}

kernels::Queue StubLibraries::new_queue(kernels::QueueRules rules, Like like) {
  static size_t bytes = size_t{1} << 20;
  bytes += like == Like::kNone ? 1024 : 1;
  kernels::Queue queue = kernels::make_cuda_queue(0, bytes);
  kernels::set_rules(queue, rules);
  return queue;
}

}  // namespace tagloom::stub

namespace tagloom::kernels::cuda {

std::unique_ptr<Stopwatch> make_stopwatch(Queue& q) {
  struct StubClock : Stopwatch {
    Queue& q;
    double begin = 0;
    explicit StubClock(Queue& queue) : q(queue) {}
    void start() override { begin = stub::seconds_gone; }
    double stop() override {
      cuda::synchronize(q);  // throws during recording
      return stub::seconds_gone - begin;
    }
  };
  return std::make_unique<StubClock>(q);
}

}  // namespace tagloom::kernels::cuda

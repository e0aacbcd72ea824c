#pragma once
// The stubs loaded in this process, and the clock that their candidates advance.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "kernels/base/device.h"
#include "tests/emulated_cuda/memory.h"
#include "tests/stub_libraries/stubs.h"
#include "tests/support/temporary_folder.h"

namespace tagloom::stub {

extern double seconds_gone;
Library& cublaslt();
Library& cudnn();

// A queue of the emulated device with timing on, and stubs in their initial state.
class StubLibraries : public testing::Test {
 protected:
  void SetUp() override;
  kernels::QueueRules rules(const std::string& plan_folder = "") {
    return {.benchmark = true, .plan_folder = plan_folder.empty() ? folder_.path() : plan_folder};
  }
  // The caches of this process and the keys in a file depend on the size of the workspace, the file's in KiB: the queue is new to
  // both, or to the caches only.
  enum class Like { kNone, kLastOne };
  kernels::Queue new_queue(kernels::QueueRules rules, Like like = Like::kNone);

  test::TemporaryFolder folder_;
};

// Values in memory of the emulated device. The host may access them while no queue is late.
template <class T>
class DeviceArray {
 public:
  explicit DeviceArray(const std::vector<T>& values)
      : count_(values.size()), data_(static_cast<T*>(emulated::map_memory(count_ * sizeof(T)))) {
    *this = values;
  }
  ~DeviceArray() { emulated::unmap_memory(data_); }
  DeviceArray(const DeviceArray&) = delete;
  DeviceArray& operator=(const DeviceArray&) = delete;
  void operator=(const std::vector<T>& values) { std::copy_n(values.begin(), count_, data_); }
  T* data() { return data_; }
  std::vector<T> values() const { return {data_, data_ + count_}; }

 private:
  size_t count_;
  T* data_;
};

}  // namespace tagloom::stub

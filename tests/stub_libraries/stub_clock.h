#pragma once
// The stubs in this process, and the clock that their candidates' seconds go by.
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

// A queue of the emulated device that times its libraries' candidates, and stubs that are as new.
class StubLibraries : public testing::Test {
 protected:
  void SetUp() override;
  kernels::QueueRules rules(const std::string& plan_folder = "") {
    return {.benchmark = true, .plan_folder = plan_folder.empty() ? folder_.path() : plan_folder};
  }
  // The caches of this process and the names in a file go by the size of the workspace, the file's in KiB: this queue is new to
  // both, or to the caches alone.
  enum class Like { kNone, kLastOne };
  kernels::Queue new_queue(kernels::QueueRules rules, Like like = Like::kNone);

  test::TemporaryFolder folder_;
};

// Values in memory of the emulated device. The host reads and writes them where no queue is late.
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

#pragma once
// One row of a case table: an op at one shape. The CPU checks, the comparison of CUDA with the CPU and the benchmark share the
// rows, so this file does not depend on gtest.
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "kernels/base/bfloat16.h"
#include "kernels/base/twins.h"
#include "tools/bench/cases/device_buffer.h"
#include "tools/bench/cases/random_array.h"
#include "tools/bench/cases/tolerance.h"

namespace tagloom::test {

// One op prepared on one device: inputs uploaded, outputs poisoned and surrounded by sentinels.
class OpRun {
 public:
  struct Output {
    std::string name;
    std::vector<int64_t> dims;
    std::vector<double> values;
    bool bf16;
    bool written;  // no element still contains the poison
    bool sentinels_intact;
  };

  explicit OpRun(kernels::Queue queue, int64_t shift = 0) : queue_(std::move(queue)), shift_(shift) {}

  kernels::Queue& queue() { return queue_; }

  template <class T>
  const T* input(const std::vector<T>& values) {
    return add<T>(values)->data();
  }
  template <class T>
  T* output(const std::string& name, const std::vector<int64_t>& dims) {
    int64_t count = 1;
    for (int64_t size : dims) count *= size;
    auto buffer = std::make_shared<DeviceBuffer<T>>(queue_, count, shift_);
    remember(name, dims, buffer);
    return buffer->data();
  }
  // An output with initial values, for ops that work in place or add.
  template <class T>
  T* in_out(const std::string& name, const std::vector<int64_t>& dims, const std::vector<T>& values) {
    auto buffer = add<T>(values);
    remember(name, dims, buffer);
    return buffer->data();
  }
  // The output of a kernel that overwrites it, or adds to `values`.
  template <class T>
  T* output_into(const std::string& name, const std::vector<int64_t>& dims, kernels::Into into, const std::vector<T>& values) {
    return into == kernels::Into::kAdd ? in_out<T>(name, dims, values) : output<T>(name, dims);
  }

  std::vector<Output> outputs() {
    kernels::synchronize(queue_);
    std::vector<Output> all;
    for (const auto& read : readers_) all.push_back(read());
    return all;
  }

 private:
  template <class T>
  std::shared_ptr<DeviceBuffer<T>> add(const std::vector<T>& values) {
    auto buffer = std::make_shared<DeviceBuffer<T>>(queue_, static_cast<int64_t>(values.size()), shift_);
    buffer->upload(values);
    buffers_.push_back(buffer);
    return buffer;
  }
  template <class T>
  void remember(const std::string& name, const std::vector<int64_t>& dims, std::shared_ptr<DeviceBuffer<T>> buffer) {
    readers_.push_back([name, dims, buffer] {
      const std::vector<T> values = buffer->download();
      T poison;
      std::memset(static_cast<void*>(&poison), kPoison, sizeof(T));
      bool written = true;
      for (const T& value : values) written = written && std::memcmp(&value, &poison, sizeof(T)) != 0;
      return Output{name,
                    dims,
                    std::vector<double>(values.begin(), values.end()),
                    std::is_same_v<T, Bf16>,
                    written,
                    buffer->sentinels_intact()};
    });
  }

  kernels::Queue queue_;
  int64_t shift_;
  std::vector<std::shared_ptr<void>> buffers_;
  std::vector<std::function<Output()>> readers_;
};

struct OpCase {
  std::string name;                                           // softmax_xent[rows=33 cols=1025 seed=7]
  Tolerance tolerance;                                        // CUDA against CPU
  double bytes = 0;                                           // the least that one call reads and writes
  double flops = 0;                                           // 0 if not counted
  std::function<std::function<void()>(OpRun&)> prepare = {};  // creates the buffers; returns the call to test or to time
  bool any_alignment = true;                                  // false: pointers must be 16-byte aligned (library ops)
  bool any_threads = true;                  // false: the CPU's bits depend on the number of threads (library ops)
  std::optional<Tolerance> unrounded = {};  // CUDA against CPU, for Real outputs next to Bf16 ones

  Tolerance tolerance_of(const OpRun::Output& output) const { return output.bf16 ? tolerance : unrounded.value_or(tolerance); }
};

// The suffix of a row's name for its storage type, and the tolerance for twins that round once to it: a step of Bf16.
template <class T>
inline constexpr const char* kTypeSuffix = std::is_same_v<T, Bf16> ? "_bf16" : "";
template <class T>
constexpr Tolerance stored_tolerance(Tolerance of_floats) {
  return std::is_same_v<T, Bf16> ? Tolerance{of_floats.absolute, 8e-3} : of_floats;
}

// case_name("top_k", {{"rows", 3}, {"k", 5}}) is "top_k[rows=3 k=5]".
inline std::string case_name(const std::string& op, const std::vector<std::pair<std::string, int64_t>>& values) {
  std::string text = op + "[";
  for (const auto& [key, value] : values) text += (text.back() == '[' ? "" : " ") + key + "=" + std::to_string(value);
  return text + "]";
}

}  // namespace tagloom::test

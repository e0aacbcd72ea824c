#pragma once
// The memory of the emulated device. It is host memory that can be protected: direct accesses by the host then fault, as on a
// GPU.
#include <cstddef>
#include <type_traits>

namespace tagloom::emulated {

void* map_memory(size_t bytes);
void unmap_memory(void* memory) noexcept;

void keep_host_out(bool out);

bool is_on_device(const void* memory);

// Throws if a kernel or a copy receives a pointer that is neither null nor in device memory.
void expect_on_device(const char* who, const void* memory);
template <class T>
void expect_argument_on_device(const char* kernel, const T& argument) {
  if constexpr (std::is_pointer_v<T>) expect_on_device(kernel, argument);
}

// Unprotects all memory while a queue's work runs.
class DeviceWork {
 public:
  DeviceWork();
  ~DeviceWork();
  DeviceWork(const DeviceWork&) = delete;
  DeviceWork& operator=(const DeviceWork&) = delete;
};

}  // namespace tagloom::emulated

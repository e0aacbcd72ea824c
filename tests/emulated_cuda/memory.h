#pragma once
// The memory of the emulated device. It is the CPU's, but the host can be kept out of it: what it reads or writes there without a copy
// then faults, as on a GPU.
#include <cstddef>
#include <type_traits>

namespace tagloom::emulated {

void* map_memory(size_t bytes);
void unmap_memory(void* memory) noexcept;

void keep_host_out(bool out);

bool is_on_device(const void* memory);

// Of what a kernel or a copy is given: a pointer that is not null and not the device's throws.
void expect_on_device(const char* who, const void* memory);
template <class T>
void expect_argument_on_device(const char* kernel, const T& argument) {
  if constexpr (std::is_pointer_v<T>) expect_on_device(kernel, argument);
}

// While work of a queue is done, all memory is open.
class DeviceWork {
 public:
  DeviceWork();
  ~DeviceWork();
  DeviceWork(const DeviceWork&) = delete;
  DeviceWork& operator=(const DeviceWork&) = delete;
};

}  // namespace tagloom::emulated

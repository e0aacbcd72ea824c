#pragma once
// The memory of the emulated device. It is the CPU's, but the host can be kept out of it: what it reads or writes there without a copy
// then faults, as on a GPU.
#include <cstddef>

namespace tagloom::emulated {

void* map_memory(size_t bytes);
void unmap_memory(void* memory) noexcept;

void keep_host_out(bool out);

// While work of a queue is done, all memory is open.
class DeviceWork {
 public:
  DeviceWork();
  ~DeviceWork();
  DeviceWork(const DeviceWork&) = delete;
  DeviceWork& operator=(const DeviceWork&) = delete;
};

}  // namespace tagloom::emulated

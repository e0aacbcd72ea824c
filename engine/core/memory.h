#pragma once
// How much memory tensors use, and how much a device has left.
#include <cstdint>
#include <optional>
#include <string>

#include "engine/core/device.h"

namespace tagloom {

int64_t tensor_bytes(Device device);  // all tensors' buffers on the device, arenas included

// How much this process can still allocate: on the CPU the machine's available memory, or less if the process (ulimit -v) or its
// control group has a lower limit; on a GPU the driver's figure. Nothing if unknown.
std::optional<int64_t> free_bytes(Device device);

// The limits of the machine and the control group, from the kernel's files below `root`.
std::optional<int64_t> free_host_bytes(const std::string& root = "");

std::string bytes_text(int64_t bytes);  // "512 B", "93.4 MiB", "1.21 GiB": three digits

}  // namespace tagloom

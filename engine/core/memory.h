#pragma once
// How much memory tensors take, and how much of a device's is left.
#include <cstdint>
#include <optional>
#include <string>

#include "engine/core/device.h"

namespace tagloom {

int64_t tensor_bytes(Device device);  // of all tensors' buffers on the device, arenas included

// What this process may still take: on the CPU what the machine has available, less where the process (ulimit -v) or its control
// group is held shorter; on a GPU what its driver says. Nothing where that is not known.
std::optional<int64_t> free_bytes(Device device);

// The machine's and the control group's part of it, from the kernel's files below `root`.
std::optional<int64_t> free_host_bytes(const std::string& root = "");

std::string bytes_text(int64_t bytes);  // "512 B", "93.4 MiB", "1.21 GiB": three digits

}  // namespace tagloom

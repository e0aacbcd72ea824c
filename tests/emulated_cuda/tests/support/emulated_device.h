#pragma once
// Replaces tests/support/emulated_device.h.
#include "tests/emulated_cuda/queue_order.h"

namespace tagloom::test {

inline constexpr bool kEmulatedDevice = true;

inline void keep_host_out_of_device_memory(bool out) {
  emulated::set_order(out ? emulated::QueueOrder::kAllLate : emulated::QueueOrder::kAsGiven);
}

}  // namespace tagloom::test

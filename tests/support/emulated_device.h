#pragma once
// Whether the GPU is emulated: here it is real. tests/emulated_cuda has the other header of this name, under which tests do less
// work.

namespace tagloom::test {

inline constexpr bool kEmulatedDevice = false;

inline void keep_host_out_of_device_memory(bool) {}  // nothing to do on a real GPU

}  // namespace tagloom::test

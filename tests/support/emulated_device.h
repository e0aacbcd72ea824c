#pragma once
// Whether "the GPU" is one. tests/emulated_cuda has a header of this name that says no, for tests that are cut short there.

namespace tagloom::test {

inline constexpr bool kEmulatedDevice = false;

inline void keep_host_out_of_device_memory(bool) {}  // a GPU does so by itself

}  // namespace tagloom::test

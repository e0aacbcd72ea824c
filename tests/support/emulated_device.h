// Whether "the GPU" is one: tests/emulated_cuda has a header of this name that says no, for tests that are cut short there.
#pragma once

namespace tagloom::test {

inline constexpr bool kEmulatedDevice = false;

}  // namespace tagloom::test

#pragma once
// Stands in for tests/support/emulated_device.h.

namespace tagloom::test {

inline constexpr bool kEmulatedDevice = true;

}  // namespace tagloom::test

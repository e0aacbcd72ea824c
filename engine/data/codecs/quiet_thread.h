#pragma once
// Suppresses what some decoding libraries print to standard error.
#include <functional>

namespace tagloom {

// Calls `decode` in a separate thread whose standard error is /dev/null, and rethrows its exceptions. `decode` must not use the process's
// files or sockets, which the thread does not have. Other threads are not affected.
// If the system does not allow a thread to have its own file descriptors, the output is not suppressed.
void run_quietly(const std::function<void()>& decode);

}  // namespace tagloom

#pragma once
// Runs decoders whose libraries print to standard error, without what they print.
#include <functional>

namespace tagloom {

// Calls `decode` in a thread of its own, whose standard error leads nowhere, and passes on what it throws. The other threads keep theirs.
// Where the system does not allow a thread its own file descriptors, what the library prints is seen.
void run_quietly(const std::function<void()>& decode);

}  // namespace tagloom

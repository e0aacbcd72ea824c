#pragma once
// The orders in which the queues of one GPU may get to their work, each to be set and tried; the last one is left. A real GPU has its
// own one; the emulated one (tests/emulated_cuda) goes to the bounds that events set.
#include <functional>
#include <vector>

namespace tagloom::test {

inline std::vector<std::function<void()>> queue_orders() {
  return {[] {}};
}

}  // namespace tagloom::test

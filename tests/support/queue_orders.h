#pragma once
// The orders in which the queues of one GPU may execute their work, for tests to try one by one; the last one stays set. A real
// GPU has only its own order; the emulated one (tests/emulated_cuda) tries the extremes that events allow.
#include <functional>
#include <vector>

namespace tagloom::test {

inline std::vector<std::function<void()>> queue_orders() {
  return {[] {}};
}

}  // namespace tagloom::test

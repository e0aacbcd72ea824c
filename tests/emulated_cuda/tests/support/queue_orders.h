#pragma once
// Replaces tests/support/queue_orders.h: all orders that events allow.
#include <functional>
#include <vector>

#include "tests/emulated_cuda/queue_order.h"

namespace tagloom::test {

inline std::vector<std::function<void()>> queue_orders() {
  std::vector<std::function<void()>> orders;
  using enum emulated::QueueOrder;
  for (const auto order : {kCopiesLate, kCopiesEarly, kAllLate, kAsGiven}) orders.push_back([=] { emulated::set_order(order); });
  return orders;
}

}  // namespace tagloom::test

// Fisher and Yates' shuffle; the i-th exchange draws number i of the stream.
#include "engine/data/permutation.h"

#include <numeric>
#include <utility>

#include "kernels/base/error.h"

namespace tagloom {

std::vector<int64_t> permutation(int64_t count, RandomKey key) {
  TL_CHECK(count >= 0 && count <= INT64_C(0xFFFFFFFF), "[permutation] cannot shuffle {} things", count);
  std::vector<int64_t> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  for (int64_t i = count - 1; i > 0; --i) {
    const uint32_t j = random_below(key, static_cast<uint64_t>(i), static_cast<uint32_t>(i + 1));
    std::swap(order[static_cast<size_t>(i)], order[j]);
  }
  return order;
}

}  // namespace tagloom

#pragma once
// Shuffling by Philox, and which streams of random numbers the data room draws from.
#include <cstdint>
#include <vector>

#include "kernels/base/philox.h"

namespace tagloom {

// The third word of random_stream() in this room: no two uses share numbers.
inline constexpr uint64_t kSplitStream = 0xDA7A0001, kEpochStream = 0xDA7A0002, kTransformStream = 0xDA7A0003;

// The numbers 0 … count - 1 in an order that depends on the key alone (Fisher and Yates), count < 2^32.
std::vector<int64_t> permutation(int64_t count, RandomKey key);

}  // namespace tagloom

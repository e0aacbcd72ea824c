#pragma once
// Seeded random arrays. Each value depends on the seed and its index alone, so arrays are the same for any number of threads.
#include <cmath>
#include <cstdint>
#include <vector>

#include "kernels/base/build_config.h"
#include "kernels/base/philox.h"

namespace tagloom::test {

constexpr int64_t kManyValues = 1 << 14;  // arrays of this size and larger are filled in parallel

// Uniform in [low, high).
template <class T = Real>
std::vector<T> uniform_array(int64_t count, uint64_t seed, double low = 0, double high = 1) {
  std::vector<T> values(count);
#pragma omp parallel for if (count >= kManyValues)
  for (int64_t i = 0; i < count; ++i) {
    values[i] = static_cast<T>(static_cast<float>(low + (high - low) * random_uniform({seed, 1}, i)));
  }
  return values;
}

// Normal with mean 0, four values per call of the generator.
template <class T = Real>
std::vector<T> normal_array(int64_t count, uint64_t seed, double deviation = 1) {
  std::vector<T> values(count);
#pragma omp parallel for if (count >= kManyValues)
  for (int64_t first = 0; first < count; first += 4) {
    const Philox4 bits = philox(seed, 2, static_cast<uint64_t>(first >> 2));
    double group[4];
    for (int pair = 0; pair < 4; pair += 2) {
      const double radius = std::sqrt(-2 * std::log((bits.v[pair] + 1.0) / 4294967296.0));
      const double angle = 6.283185307179586 * (bits.v[pair + 1] / 4294967296.0);
      group[pair] = deviation * radius * std::cos(angle);
      group[pair + 1] = deviation * radius * std::sin(angle);
    }
    for (int64_t i = first; i < count && i < first + 4; ++i) values[i] = static_cast<T>(static_cast<float>(group[i - first]));
  }
  return values;
}

// Integers in [low, high].
template <class T = int32_t>
std::vector<T> integer_array(int64_t count, uint64_t seed, int64_t low, int64_t high) {
  std::vector<T> values(count);
#pragma omp parallel for if (count >= kManyValues)
  for (int64_t i = 0; i < count; ++i) {
    values[i] = static_cast<T>(low + random_below({seed, 3}, i, static_cast<uint32_t>(high - low + 1)));
  }
  return values;
}

// 1 with the given probability, else 0.
inline std::vector<uint8_t> flag_array(int64_t count, uint64_t seed, double probability) {
  std::vector<uint8_t> values(count);
#pragma omp parallel for if (count >= kManyValues)
  for (int64_t i = 0; i < count; ++i) values[i] = random_uniform({seed, 4}, i) < probability;
  return values;
}

}  // namespace tagloom::test

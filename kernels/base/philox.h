#pragma once
// Philox-4x32-10, the counter-based generator of Salmon et al. (SC 2011): the same numbers on the CPU, on CUDA, and for
// any number of threads, because a number depends only on its key and its index.
#include <cstdint>

#include "kernels/base/host_device.h"

namespace tagloom {

struct Philox4 {
  uint32_t v[4];
};

// One of the ten rounds; the key grows by (0x9E3779B9, 0xBB67AE85) from round to round.
TL_HOST_DEVICE inline void philox_round(uint32_t k0, uint32_t k1, uint32_t& c0, uint32_t& c1, uint32_t& c2, uint32_t& c3) {
  const uint64_t p0 = static_cast<uint64_t>(0xD2511F53u) * c0;
  const uint64_t p1 = static_cast<uint64_t>(0xCD9E8D57u) * c2;
  c0 = static_cast<uint32_t>(p1 >> 32) ^ c1 ^ k0;
  c2 = static_cast<uint32_t>(p0 >> 32) ^ c3 ^ k1;
  c1 = static_cast<uint32_t>(p1);
  c3 = static_cast<uint32_t>(p0);
}

TL_HOST_DEVICE inline Philox4 philox(uint64_t key, uint64_t counter_high, uint64_t counter_low) {
  uint32_t c0 = static_cast<uint32_t>(counter_low), c1 = static_cast<uint32_t>(counter_low >> 32);
  uint32_t c2 = static_cast<uint32_t>(counter_high), c3 = static_cast<uint32_t>(counter_high >> 32);
  uint32_t k0 = static_cast<uint32_t>(key), k1 = static_cast<uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round, k0 += 0x9E3779B9u, k1 += 0xBB67AE85u) philox_round(k0, k1, c0, c1, c2, c3);
  return {{c0, c1, c2, c3}};
}

// A stream of random numbers: `seed` is the run's, `stream` identifies their use (epoch, sample or step, op).
struct RandomKey {
  uint64_t seed = 0;
  uint64_t stream = 0;
};

// The stream of one op. In a step that is recorded and replayed (recording.h), ops read the step's number from device memory, so
// that each replay draws new numbers. Elsewhere `key` is the stream.
struct OpKey {
  OpKey() = default;
  OpKey(RandomKey given) : key(given) {}
  OpKey(uint64_t seed, uint64_t stream) : key{seed, stream} {}
  OpKey(uint64_t seed, const uint64_t* step_number, uint64_t op_number) : key{seed, 0}, step(step_number), op(op_number) {}

  TL_HOST_DEVICE RandomKey of_step() const;

  RandomKey key{};
  const uint64_t* step = nullptr;  // null: `key` is the stream
  uint64_t op = 0;
};

// The index-th 32-bit number of a stream.
TL_HOST_DEVICE inline uint32_t random_bits(RandomKey key, uint64_t index) {
  return philox(key.seed, key.stream, index >> 2).v[index & 3];
}

// Uniform in [0, 1), 24 bits.
TL_HOST_DEVICE inline float random_uniform(RandomKey key, uint64_t index) {
  return static_cast<float>(random_bits(key, index) >> 8) * (1.0f / 16777216.0f);
}

// Uniform integer in [0, bound), bound > 0.
TL_HOST_DEVICE inline uint32_t random_below(RandomKey key, uint64_t index, uint32_t bound) {
  return static_cast<uint32_t>((static_cast<uint64_t>(random_bits(key, index)) * bound) >> 32);
}

// Mixes words into a stream number: random_stream(epoch, sample, op).
TL_HOST_DEVICE inline uint64_t random_stream(uint64_t a, uint64_t b = 0, uint64_t c = 0) {
  uint64_t h = 0x9E3779B97F4A7C15ull;
  const uint64_t words[3] = {a, b, c};
  for (uint64_t word : words) {
    h ^= word + 0x9E3779B97F4A7C15ull + (h << 6) + (h >> 2);
    h = (h ^ (h >> 30)) * 0xBF58476D1CE4E5B9ull;
    h = (h ^ (h >> 27)) * 0x94D049BB133111EBull;
    h ^= h >> 31;
  }
  return h;
}

TL_HOST_DEVICE inline RandomKey OpKey::of_step() const {
  return step == nullptr ? key : RandomKey{key.seed, random_stream(*step, op)};
}

}  // namespace tagloom

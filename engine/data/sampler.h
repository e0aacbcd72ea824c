#pragma once
// Shuffles pictures with Philox, identically for a seed on every machine, and divides them into the batches of an epoch.
#include <cstdint>
#include <vector>

#include "kernels/base/philox.h"

namespace tagloom {

// Third word of random_stream(): uses in this folder draw from distinct streams.
inline constexpr uint64_t kSplitStream = 0xDA7A0001, kEpochStream = 0xDA7A0002, kTransformStream = 0xDA7A0003;

// The numbers 0 … count - 1 in an order that depends only on the key (Fisher-Yates), count < 2^32.
std::vector<int64_t> permutation(int64_t count, RandomKey key);

struct SamplerSettings {
  int64_t batch_size = 32;
  uint64_t seed = 0;
  bool shuffle = true;
  bool drop_last = false;  // leave out the last batch of an epoch if it is smaller than the others
};

// Which pictures make up which batch, in a new order each epoch.
class Sampler {
 public:
  // The position of a run, stored in checkpoints.
  struct State {
    int64_t epoch = 0;
    int64_t position = 0;  // batches of the epoch already trained on
    bool operator==(const State&) const = default;
  };

  // Throws Error(kUsage) if there is nothing to sample, possibly because of drop_last.
  Sampler(int64_t count, const SamplerSettings& settings);

  int64_t batches() const;                           // per epoch
  int64_t pictures() const;                          // per epoch
  std::vector<int64_t> batch(int64_t number) const;  // the pictures of batch `number` of this epoch

  int64_t epoch() const { return state_.epoch; }
  int64_t position() const { return state_.position; }
  bool epoch_done() const { return state_.position >= batches(); }
  void advance_to(int64_t position);
  void next_epoch();

  const State& state() const { return state_; }
  void restore(const State& state);  // throws Error(kData) for an impossible state

  const SamplerSettings& settings() const { return settings_; }

 private:
  void shuffle();

  int64_t count_;
  SamplerSettings settings_;
  State state_;
  std::vector<int64_t> order_;
};

}  // namespace tagloom

#pragma once
// Orders of pictures: shuffled by Philox, the same for the same seed on every machine, and cut into the batches of an epoch.
#include <cstdint>
#include <vector>

#include "kernels/base/philox.h"

namespace tagloom {

// The third word of random_stream() in this folder: no two uses share numbers.
inline constexpr uint64_t kSplitStream = 0xDA7A0001, kEpochStream = 0xDA7A0002, kTransformStream = 0xDA7A0003;

// The numbers 0 … count - 1 in an order that depends on the key alone (Fisher and Yates), count < 2^32.
std::vector<int64_t> permutation(int64_t count, RandomKey key);

struct SamplerSettings {
  int64_t batch_size = 32;
  uint64_t seed = 0;
  bool shuffle = true;
  bool drop_last = false;  // leave out the last batch of an epoch where it is smaller than the others
};

// Which pictures make up which batch, in a new order each epoch.
class Sampler {
 public:
  // Where a run stands; what a checkpoint keeps.
  struct State {
    int64_t epoch = 0;
    int64_t position = 0;  // batches of the epoch already trained on
    bool operator==(const State&) const = default;
  };

  // Throws Error(kUsage) when there is nothing to sample, which drop_last can also bring about.
  Sampler(int64_t count, const SamplerSettings& settings);

  int64_t batches() const;                           // an epoch has
  int64_t pictures() const;                          // an epoch has
  std::vector<int64_t> batch(int64_t number) const;  // the pictures of batch `number` of this epoch

  int64_t epoch() const { return state_.epoch; }
  int64_t position() const { return state_.position; }
  bool epoch_done() const { return state_.position >= batches(); }
  void advance_to(int64_t position);
  void next_epoch();

  const State& state() const { return state_; }
  void restore(const State& state);  // throws Error(kData) for a state that this sampler cannot be in

  const SamplerSettings& settings() const { return settings_; }

 private:
  void shuffle();

  int64_t count_;
  SamplerSettings settings_;
  State state_;
  std::vector<int64_t> order_;
};

}  // namespace tagloom

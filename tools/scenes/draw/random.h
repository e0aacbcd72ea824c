#pragma once
// The random numbers of one picture: a Philox stream keyed by (seed, picture, purpose), read in drawing order. A scene has no other source
// of randomness, so a picture depends only on its key, not on the threads or the number of pictures.
//
// Never draw twice in the arguments of one function call, because C++ does not fix their order; in a braced list it is fixed.

#include "kernels/base/philox.h"

namespace tagloom {

class SceneRandom {
 public:
  SceneRandom(uint64_t seed, uint64_t picture, uint64_t purpose) : key_{seed, random_stream(picture, purpose)} {}

  uint32_t bits() { return random_bits(key_, next_++); }
  float uniform() { return random_uniform(key_, next_++); }  // [0, 1)
  float range(float low, float high) { return low + (high - low) * uniform(); }
  int below(int bound) { return static_cast<int>(random_below(key_, next_++, static_cast<uint32_t>(bound))); }
  int between(int low, int high) { return low + below(high - low + 1); }  // both ends included
  bool chance(float probability) { return uniform() < probability; }
  float sign() { return chance(0.5f) ? 1.0f : -1.0f; }

  // An index with probability proportional to its weight; -1 if no weight is above zero.
  template <class Weights>
  int weighted(const Weights& weights) {
    float total = 0;
    for (float w : weights) total += w;
    float left = uniform() * total;
    int index = 0, last = -1;
    for (float w : weights) {
      if (w > 0) {
        last = index;
        if (left < w) return index;
        left -= w;
      }
      ++index;
    }
    return last;
  }

 private:
  RandomKey key_;
  uint64_t next_ = 0;
};

}  // namespace tagloom

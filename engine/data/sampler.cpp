// Keeps one epoch's order and divides it into batches.
#include "engine/data/sampler.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "kernels/base/error.h"

namespace tagloom {

std::vector<int64_t> permutation(int64_t count, RandomKey key) {  // swap i draws number i of the stream
  TL_CHECK(count >= 0 && count <= INT64_C(0xFFFFFFFF), "[permutation] cannot shuffle {} items", count);
  std::vector<int64_t> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  for (int64_t i = count - 1; i > 0; --i) {
    const uint32_t j = random_below(key, static_cast<uint64_t>(i), static_cast<uint32_t>(i + 1));
    std::swap(order[static_cast<size_t>(i)], order[j]);
  }
  return order;
}

Sampler::Sampler(int64_t count, const SamplerSettings& settings) : count_(count), settings_(settings) {
  TL_CHECK(count > 0, "[sampler] there are no pictures");
  TL_CHECK(settings.batch_size > 0, "[sampler] batch_size must be at least 1, got {}", settings.batch_size);
  TL_CHECK(batches() > 0, "[sampler] {} pictures make no batch of {}: use a smaller batch_size or drop_last = false", count,
           settings.batch_size);
  shuffle();
}

int64_t Sampler::batches() const {
  const int64_t part = settings_.drop_last ? 0 : settings_.batch_size - 1;
  return (count_ + part) / settings_.batch_size;
}

int64_t Sampler::pictures() const { return std::min(count_, batches() * settings_.batch_size); }

std::vector<int64_t> Sampler::batch(int64_t number) const {
  TL_CHECK(number >= 0 && number < batches(), "[sampler] there is no batch {}, an epoch has {}", number, batches());
  const int64_t begin = number * settings_.batch_size;
  return {order_.begin() + begin, order_.begin() + std::min(begin + settings_.batch_size, count_)};
}

void Sampler::advance_to(int64_t position) {
  TL_CHECK(position >= state_.position && position <= batches(), "[sampler] cannot advance from batch {} to {} of {}",
           state_.position, position, batches());
  state_.position = position;
}

void Sampler::next_epoch() {
  state_ = {state_.epoch + 1, 0};
  shuffle();
}

void Sampler::restore(const State& state) {
  TL_CHECK_AS(ErrorKind::kData, state.epoch >= 0 && state.position >= 0 && state.position <= batches(),
              "[sampler] cannot resume at batch {} of epoch {}: an epoch has {} batches; the data or "
              "batch_size changed",
              state.position, state.epoch, batches());
  state_ = state;
  shuffle();
}

void Sampler::shuffle() {
  if (settings_.shuffle) {
    order_ = permutation(count_, {settings_.seed, random_stream(static_cast<uint64_t>(state_.epoch), 0, kEpochStream)});
  } else if (order_.empty()) {
    order_.resize(static_cast<size_t>(count_));
    std::iota(order_.begin(), order_.end(), 0);
  }
}

}  // namespace tagloom

#include "models/decoding/decode.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "kernels/base/error.h"

namespace tagloom {
namespace {

double weight_of(Gain gain, int64_t step, int64_t steps) {
  return gain == Gain::kLinear ? static_cast<double>(steps - step) / steps : 1.0 / (step + 1);
}

// Tags by descending score.
std::vector<int32_t> by_score(std::span<const float> scores) {
  std::vector<int32_t> order(scores.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int32_t a, int32_t b) { return scores[a] > scores[b]; });
  return order;
}

}  // namespace

std::vector<int32_t> decode_steps(const DecodeOptions& decoding, std::span<const float> p, int64_t steps, int64_t tags,
                                  std::span<float> scores) {
  TL_CHECK(
      steps >= 1 && tags >= 1 && static_cast<int64_t>(p.size()) == steps * tags && static_cast<int64_t>(scores.size()) == tags,
      "[decode] {} probabilities for {} steps of {} tags", p.size(), steps, tags);
  const auto row = [&](int64_t t) { return p.subspan(t * tags, tags); };
  const auto winner = [](std::span<const float> values) {
    return static_cast<int32_t>(std::max_element(values.begin(), values.end()) - values.begin());
  };

  if (decoding.method == DecodeMethod::kExpectedGain) {
    const int64_t counted = std::min(decoding.gain_steps, steps);
    for (int64_t tag = 0; tag < tags; ++tag) {
      double gain = 0;
      for (int64_t t = 0; t < counted; ++t) gain += p[t * tags + tag] * weight_of(decoding.gain, t, counted);
      scores[tag] = static_cast<float>(gain);
    }
    std::vector<int32_t> order = by_score(scores);
    if (decoding.first_greedy) {
      const auto first = std::find(order.begin(), order.end(), winner(row(0)));
      if (first != order.begin()) {
        scores[*first] = std::nextafter(scores[order.front()], std::numeric_limits<float>::infinity());
        std::rotate(order.begin(), first, first + 1);
      }
    }
    return order;
  }

  // Greedy: named tags score above all others, earlier ones higher.
  for (int64_t tag = 0; tag < tags; ++tag) {
    float most = 0;
    for (int64_t t = 0; t < steps; ++t) most = std::max(most, p[t * tags + tag]);
    scores[tag] = most;
  }
  std::vector<char> named(tags, 0);
  std::vector<float> remaining(tags);
  int32_t names = 0;
  for (int64_t t = 0; t < steps; ++t) {
    for (int64_t tag = 0; tag < tags; ++tag) remaining[tag] = named[tag] && !decoding.repeat ? -1.0f : p[t * tags + tag];
    const int32_t tag = winner(remaining);
    if (named[tag]) continue;  // named before, or nothing is left
    named[tag] = 1;
    scores[tag] = 1.0f + static_cast<float>(steps - names++);
  }
  return by_score(scores);
}

Predictions decode_all_steps(const DecodeOptions& decoding, std::span<const float> p, int64_t steps, int64_t pictures,
                             int64_t tags) {
  Predictions predictions;
  predictions.tag_count = tags;
  predictions.scores.resize(pictures * tags);
  predictions.first_step_scores.assign(p.begin(), p.begin() + pictures * tags);
  std::vector<float> steps_of_one(steps * tags);
  for (int64_t i = 0; i < pictures; ++i) {
    for (int64_t t = 0; t < steps; ++t) {
      std::copy_n(p.begin() + (t * pictures + i) * tags, tags, steps_of_one.begin() + t * tags);
    }
    predictions.ranking.push_back(
        decode_steps(decoding, steps_of_one, steps, tags, std::span(predictions.scores).subspan(i * tags, tags)));
  }
  return predictions;
}

std::vector<StepPath> paths_of_steps(const DecodeOptions& decoding, std::span<const float> p, int64_t steps, int64_t pictures,
                                     int64_t tags, int64_t competing) {
  TL_CHECK(steps <= tags, "[decode] {} steps need at least as many tags, but there are {}", steps, tags);
  const bool by_gain = decoding.method == DecodeMethod::kExpectedGain, repeats = decoding.repeat && !by_gain;
  const int64_t counted = by_gain ? std::min(decoding.gain_steps, steps) : steps;
  const Predictions predictions = decode_all_steps(decoding, p, steps, pictures, tags);
  std::vector<int32_t> chosen;
  for (int64_t t = 0; t < counted; ++t) {
    for (int64_t i = 0; i < pictures; ++i) {
      const std::span<const float> row = p.subspan((t * pictures + i) * tags, tags);
      chosen.push_back(repeats ? static_cast<int32_t>(std::max_element(row.begin(), row.end()) - row.begin())
                               : predictions.ranking[i][t]);
    }
  }
  return step_paths(p.first(counted * pictures * tags), chosen, counted, pictures, competing);
}

}  // namespace tagloom
